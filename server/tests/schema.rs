//! Both folders of migrations give the same tables: columns, keys, what is unique, what refers to what, indexes.

use std::collections::BTreeSet;

use backend::{
    Db,
    db::{Kind, sql},
};

use crate::app::Database;

/// What a database says of its tables, one sentence for each fact.
type Facts = BTreeSet<String>;

#[derive(sqlx::FromRow)]
struct Column {
    table_name: String,
    column_name: String,
    kind: String,
    required: i64,
}

async fn columns(db: &Db, text: &'static str) -> Facts {
    let rows: Vec<Column> = sql(text).all(&mut db.read().await.unwrap()).await.unwrap();
    let fact = |row: Column| {
        let kind = match row.kind.to_ascii_uppercase().as_str() {
            "BYTEA" => "BLOB".to_owned(),
            // `INTEGER PRIMARY KEY` is how SQLite says that a column is the row's number, of 64 bits.
            "INTEGER" if db.kind() == Kind::Sqlite => "BIGINT".to_owned(),
            other => other.to_owned(),
        };
        assert!(
            ["BIGINT", "TEXT", "BLOB", "DOUBLE PRECISION"].contains(&kind.as_str()),
            "{}.{} is {kind}",
            row.table_name,
            row.column_name
        );
        let required = if row.required == 1 { " NOT NULL" } else { "" };
        format!("{}: {} {kind}{required}", row.table_name, row.column_name)
    };
    rows.into_iter().filter(|row| row.table_name != "_sqlx_migrations").map(fact).collect()
}

/// A key, a set that is unique, an index, or a reference; told by the database as far as it can be told alike.
#[derive(sqlx::FromRow)]
struct Told {
    table_name: String,
    what: String,
}

async fn told(db: &Db, text: &'static str) -> Facts {
    let rows: Vec<Told> = sql(text).all(&mut db.read().await.unwrap()).await.unwrap();
    let rows = rows.into_iter().filter(|row| row.table_name != "_sqlx_migrations");
    rows.map(|row| format!("{}: {}", row.table_name, row.what)).collect()
}

#[track_caller]
fn alike(what: &str, ours: &Facts, theirs: &Facts, least: usize) {
    let (only_ours, only_theirs): (Vec<_>, Vec<_>) = (ours.difference(theirs).collect(), theirs.difference(ours).collect());
    assert!(only_ours.is_empty() && only_theirs.is_empty(), "{what} only in SQLite: {only_ours:#?}, only in Postgres: {only_theirs:#?}");
    assert!(ours.len() >= least, "too few {what} to believe: {ours:#?}");
}

#[tokio::test]
async fn both_databases_have_the_same_tables() {
    if !Database::postgres_is_there() {
        return;
    }
    let (sqlite, postgres) = (Database::fresh(Kind::Sqlite).await, Database::fresh(Kind::Postgres).await);
    let (sqlite, postgres) = (sqlite.open().await, postgres.open().await);
    let ours = columns(
        &sqlite,
        "SELECT m.name AS table_name, p.name AS column_name, p.type AS kind, MAX(p.\"notnull\", p.pk > 0) AS required \
         FROM sqlite_master m JOIN pragma_table_info(m.name) p WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'",
    );
    let theirs = columns(
        &postgres,
        "SELECT CAST(table_name AS TEXT) AS table_name, CAST(column_name AS TEXT) AS column_name, CAST(data_type AS TEXT) AS kind, \
         CAST(CASE is_nullable WHEN 'NO' THEN 1 ELSE 0 END AS BIGINT) AS required FROM information_schema.columns WHERE table_schema = 'public' \
         AND table_name NOT IN (SELECT relname FROM pg_class WHERE relispartition)",
    );
    alike("columns", &ours.await, &theirs.await, 200);

    // A constraint has no name of ours; an index has, and it is the same.
    let ours = told(
        &sqlite,
        "SELECT m.name AS table_name, CASE WHEN l.origin = 'c' THEN l.name ELSE 'key' END || CASE l.\"unique\" WHEN 1 THEN ' unique' ELSE '' END \
         || CASE l.partial WHEN 1 THEN ' partial' ELSE '' END || ' (' \
         || (SELECT group_concat(i.name, ', ') FROM (SELECT name FROM pragma_index_info(l.name) ORDER BY seqno) i) || ')' AS what \
         FROM sqlite_master m JOIN pragma_index_list(m.name) l WHERE m.type = 'table' AND l.origin <> 'pk'",
    );
    let theirs = told(
        &postgres,
        "SELECT CAST(t.relname AS TEXT) AS table_name, CASE WHEN EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conindid = x.indexrelid AND c.contype = 'u') \
         THEN 'key' ELSE CAST(i.relname AS TEXT) END || CASE WHEN x.indisunique THEN ' unique' ELSE '' END \
         || CASE WHEN x.indpred IS NULL THEN '' ELSE ' partial' END || ' (' \
         || (SELECT string_agg(CAST(a.attname AS TEXT), ', ' ORDER BY k.n) FROM unnest(x.indkey) WITH ORDINALITY AS k (number, n) \
         JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.number) || ')' AS what \
         FROM pg_index x JOIN pg_class t ON t.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid \
         JOIN pg_namespace s ON s.oid = t.relnamespace WHERE s.nspname = 'public' AND NOT x.indisprimary AND NOT t.relispartition",
    );
    alike("indexes", &ours.await, &theirs.await, 40);

    let ours = told(
        &sqlite,
        "SELECT m.name AS table_name, (SELECT group_concat(k.name, ', ') FROM (SELECT name FROM pragma_table_info(m.name) WHERE pk > 0 ORDER BY pk) k) \
         AS what FROM sqlite_master m WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'",
    );
    let theirs = told(
        &postgres,
        "SELECT CAST(t.relname AS TEXT) AS table_name, (SELECT string_agg(CAST(a.attname AS TEXT), ', ' ORDER BY k.n) \
         FROM unnest(x.indkey) WITH ORDINALITY AS k (number, n) JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.number) AS what \
         FROM pg_index x JOIN pg_class t ON t.oid = x.indrelid JOIN pg_namespace s ON s.oid = t.relnamespace \
         WHERE s.nspname = 'public' AND x.indisprimary AND NOT t.relispartition",
    );
    alike("primary keys", &ours.await, &theirs.await, 30);

    let ours = told(
        &sqlite,
        "SELECT f.name AS table_name, '(' || group_concat(f.\"from\", ', ') || ') of ' || f.\"table\" || ' (' || group_concat(f.\"to\", ', ') || ') ' \
         || LOWER(f.on_delete) AS what FROM (SELECT m.name, l.* FROM sqlite_master m JOIN pragma_foreign_key_list(m.name) l \
         WHERE m.type = 'table' ORDER BY m.name, l.id, l.seq) f GROUP BY f.name, f.id",
    );
    let theirs = told(
        &postgres,
        "SELECT CAST(t.relname AS TEXT) AS table_name, '(' || (SELECT string_agg(CAST(a.attname AS TEXT), ', ' ORDER BY k.n) \
         FROM unnest(c.conkey) WITH ORDINALITY AS k (number, n) JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.number) \
         || ') of ' || CAST(o.relname AS TEXT) || ' (' || (SELECT string_agg(CAST(a.attname AS TEXT), ', ' ORDER BY k.n) \
         FROM unnest(c.confkey) WITH ORDINALITY AS k (number, n) JOIN pg_attribute a ON a.attrelid = o.oid AND a.attnum = k.number) || ') ' \
         || CASE c.confdeltype WHEN 'c' THEN 'cascade' WHEN 'a' THEN 'no action' ELSE CAST(c.confdeltype AS TEXT) END AS what \
         FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid JOIN pg_class o ON o.oid = c.confrelid WHERE c.contype = 'f'",
    );
    alike("references", &ours.await, &theirs.await, 20);
}
