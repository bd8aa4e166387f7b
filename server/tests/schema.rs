//! Both folders of migrations give the same tables, with the same columns.

use std::collections::BTreeMap;

use backend::{
    Db,
    db::{Kind, sql},
};

use crate::app::Database;

#[derive(sqlx::FromRow)]
struct Column {
    table_name: String,
    column_name: String,
    kind: String,
}

async fn tables(db: &Db, text: &'static str) -> BTreeMap<String, BTreeMap<String, String>> {
    let mut conn = db.read().await.unwrap();
    let columns: Vec<Column> = sql(text).all(&mut conn).await.unwrap();
    let mut tables: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    for column in columns {
        let kind = match column.kind.to_ascii_uppercase().as_str() {
            "BYTEA" => "BLOB".to_owned(),
            // `INTEGER PRIMARY KEY` is how SQLite says that a column is the row's number, of 64 bits.
            "INTEGER" if db.kind() == Kind::Sqlite => "BIGINT".to_owned(),
            other => other.to_owned(),
        };
        tables.entry(column.table_name).or_default().insert(column.column_name, kind);
    }
    tables.remove("_sqlx_migrations");
    tables
}

#[tokio::test]
async fn both_databases_have_the_same_tables() {
    if !Database::postgres_is_there() {
        return;
    }
    let (sqlite, postgres) = (Database::fresh(Kind::Sqlite).await, Database::fresh(Kind::Postgres).await);
    let ours = tables(
        &sqlite.open().await,
        "SELECT m.name AS table_name, p.name AS column_name, p.type AS kind FROM sqlite_master m JOIN pragma_table_info(m.name) p \
         WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'",
    )
    .await;
    let theirs = tables(
        &postgres.open().await,
        "SELECT CAST(table_name AS TEXT) AS table_name, CAST(column_name AS TEXT) AS column_name, CAST(data_type AS TEXT) AS kind \
         FROM information_schema.columns WHERE table_schema = 'public'",
    )
    .await;
    assert!(ours.len() > 10, "{ours:?}");
    assert_eq!(ours, theirs);
    for (table, columns) in &ours {
        for (column, kind) in columns {
            assert!(["BIGINT", "TEXT", "BLOB", "DOUBLE PRECISION"].contains(&kind.as_str()), "{table}.{column} is {kind}");
        }
    }
}
