//! Against real counterparts: Redis, PostgreSQL, MariaDB. What a machine lacks is passed over, unless `CI` says that nothing may be.

use domain::monitors::{FactKind, Reason, Verdict};

use super::{
    kinds::{check, fact, talker},
    scene,
};
use crate::app::{Database, TestApp, counterpart::Counterpart};

async fn app() -> TestApp {
    TestApp::new(backend::db::Kind::Sqlite).await
}

#[tokio::test]
async fn redis_itself() {
    let redis = Counterpart::start("redis-server", |port, _| {
        ["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", "", "--requirepass", "sesame"].map(str::to_owned).into()
    });
    let Some(redis) = redis else { return };
    redis.listens().await;
    let app = app().await;
    let (system, editor, _) = scene(&app, "http://127.0.0.1:1/", &[]).await;
    let target = redis.address().to_string();
    for (password, verdict, reason) in
        [("sesame", Verdict::Up, Reason::Fine), ("", Verdict::Down, Reason::Login), ("wrong", Verdict::Down, Reason::Login)]
    {
        let result = check(&app, &editor, &system, &[("kind", "redis"), ("address", &target), ("password", password)]).await;
        assert_eq!((result.verdict, result.reason), (verdict, reason), "{password}: {result:?}");
    }
}

#[tokio::test]
async fn postgres_itself() {
    if !Database::postgres_is_there() {
        return;
    }
    let app = app().await;
    let (system, editor, _) = scene(&app, "http://127.0.0.1:1/", &[]).await;
    let url = url::Url::parse(&std::env::var("EVENKEEL_TEST_POSTGRES").expect("its address")).expect("a URL");
    let address = format!("{}:{}", url.host_str().expect("a host"), url.port().unwrap_or(5_432));
    let greeting = check(&app, &editor, &system, &[("kind", "postgres"), ("address", &address)]).await;
    assert_eq!((greeting.verdict, greeting.reason), (Verdict::Up, Reason::Fine), "{greeting:?}");
    let database = url.path().trim_start_matches('/');
    let login = [
        ("kind", "postgres"),
        ("address", &address),
        ("user", url.username()),
        ("password", url.password().unwrap_or_default()),
        ("database", database),
    ];
    let inside = check(&app, &editor, &system, &login).await;
    assert_eq!((inside.verdict, inside.reason), (Verdict::Up, Reason::Fine), "{inside:?}");
    assert!(fact(&inside, FactKind::ServerVersion).is_some());
    let none =
        check(&app, &editor, &system, &[("kind", "postgres"), ("address", &address), ("user", "nobody_of_that_name"), ("password", "x")])
            .await;
    assert_eq!((none.verdict, none.reason), (Verdict::Down, Reason::Login), "{none:?}");
    let other = check(&app, &editor, &system, &[("kind", "postgres"), ("address", &talker("220 hello\r\n", &[]).await)]).await;
    assert_eq!((other.verdict, other.reason), (Verdict::Down, Reason::Protocol), "{other:?}");
}

#[tokio::test]
async fn mariadb_itself() {
    let maria = Counterpart::start("mariadbd", |port, folder| {
        let data = folder.join("data");
        let installer =
            crate::app::counterpart::program("mariadb-install-db").or_else(|| crate::app::counterpart::program("mysql_install_db"));
        let mut install = std::process::Command::new(installer.expect("it comes with the server"));
        install.args(["--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db", "--user=root"]);
        let made = install.arg(format!("--datadir={}", data.display())).output().expect("it runs");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let users =
            "CREATE USER 'watch'@'127.0.0.1' IDENTIFIED BY 'sesame';\nCREATE DATABASE shop;\nGRANT ALL ON shop.* TO 'watch'@'127.0.0.1';\n";
        std::fs::write(folder.join("users.sql"), users).expect("a file");
        vec![
            "--no-defaults".to_owned(),
            "--user=root".to_owned(),
            "--bind-address=127.0.0.1".to_owned(),
            "--skip-name-resolve".to_owned(),
            format!("--port={port}"),
            format!("--datadir={}", data.display()),
            format!("--socket={}", folder.join("s").display()),
            format!("--init-file={}", folder.join("users.sql").display()),
        ]
    });
    let Some(maria) = maria else { return };
    maria.listens().await;
    let app = app().await;
    let (system, editor, _) = scene(&app, "http://127.0.0.1:1/", &[]).await;
    let target = maria.address().to_string();
    let greeting = check(&app, &editor, &system, &[("kind", "mysql"), ("address", &target)]).await;
    assert_eq!((greeting.verdict, greeting.reason), (Verdict::Up, Reason::Fine), "{greeting:?}");
    assert!(fact(&greeting, FactKind::ServerVersion).is_some_and(|version| version.contains("MariaDB")), "{greeting:?}");
    for (password, database, verdict) in
        [("sesame", "shop", Verdict::Up), ("wrong", "shop", Verdict::Down), ("sesame", "none", Verdict::Down)]
    {
        let login = [("kind", "mysql"), ("address", &target), ("user", "watch"), ("password", password), ("database", database)];
        let result = check(&app, &editor, &system, &login).await;
        assert_eq!(result.verdict, verdict, "{password} {database}: {result:?}");
    }
}
