//! Redis (RESP, <https://redis.io/docs/latest/develop/reference/protocol-spec/>): `AUTH` where there is a password, `PING`.

use domain::monitors::DatabaseTarget;

use super::{
    Asking, Miss, Sight,
    database::{password, refused, secure, unwell},
    wire::Wire,
};

pub(super) async fn probe(asking: &Asking<'_>, target: &DatabaseTarget) -> Result<Sight, Miss> {
    let mut wire = Wire::open(asking, &target.address).await?;
    if target.tls {
        wire = secure(wire, asking, target).await?;
    }
    let password = password(asking);
    if !password.is_empty() {
        let words: &[&str] = if target.user.is_empty() { &["AUTH", password] } else { &["AUTH", &target.user, password] };
        let said = ask(&mut wire, words).await?;
        if said != "+OK" {
            return Err(refusal(&said));
        }
    }
    let said = ask(&mut wire, &["PING"]).await?;
    if said != "+PONG" {
        return Err(refusal(&said));
    }
    Ok(wire.finish())
}

async fn ask(wire: &mut Wire, words: &[&str]) -> Result<String, Miss> {
    let mut command = format!("*{}\r\n", words.len());
    for word in words {
        command.push_str(&format!("${}\r\n{word}\r\n", word.len()));
    }
    wire.send(command.as_bytes()).await?;
    wire.line().await
}

fn refusal(said: &str) -> Miss {
    let Some(error) = said.strip_prefix('-') else { return Miss::protocol(format!("not Redis: {said}")) };
    match error.split(' ').next().unwrap_or_default() {
        "NOAUTH" | "WRONGPASS" | "NOPERM" => refused(error),
        "LOADING" | "MASTERDOWN" | "MISCONF" | "BUSY" => unwell(error),
        // `-ERR` is said of a password that nobody asked for, too.
        _ if error.contains("AUTH") => refused(error),
        _ => unwell(error),
    }
}
