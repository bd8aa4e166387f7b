//! `evenkeel probe` as programs of their own, over TLS with an authority of the house's own: what they see counts, and the end of one is
//! not the end of the target.

use std::{
    path::PathBuf,
    process::Stdio,
    sync::atomic::{AtomicU32, Ordering},
};

use tokio::process::Child;

use super::*;
use crate::{app::process, monitors::target};

/// The portal behind TLS, vouched for by an authority that only this test knows.
struct Front {
    url: String,
    ca: PathBuf,
    /// Connections that did not come about.
    refused: Arc<AtomicU32>,
}

impl Front {
    async fn before(app: &TestApp) -> Self {
        let (root_key, key) = (rcgen::KeyPair::generate().expect("a key"), rcgen::KeyPair::generate().expect("a key"));
        let mut root = rcgen::CertificateParams::default();
        root.distinguished_name.push(rcgen::DnType::CommonName, "The house");
        root.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        root.key_usages = vec![rcgen::KeyUsagePurpose::KeyCertSign];
        let ca = app.database.folder().join("house.pem");
        std::fs::write(&ca, root.self_signed(&root_key).expect("an authority").pem()).expect("a file");
        let authority = rcgen::Issuer::new(root, root_key);
        let leaf = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).expect("a name");
        let certificate = leaf.signed_by(&key, &authority).expect("a certificate").der().clone();
        let acceptor = target::acceptor(certificate, &key, &[]);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("https://localhost:{}", listener.local_addr().expect("an address").port());
        let (portal, refused) = (app.listen().await, Arc::<AtomicU32>::default());
        let this = Self { url, ca, refused: Arc::clone(&refused) };
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, refused) = (acceptor.clone(), Arc::clone(&refused));
                tokio::spawn(async move {
                    let Ok(mut stream) = acceptor.accept(stream).await else {
                        refused.fetch_add(1, Ordering::SeqCst);
                        return;
                    };
                    let mut through = tokio::net::TcpStream::connect(portal).await.expect("the portal");
                    let _ = tokio::io::copy_bidirectional(&mut stream, &mut through).await;
                });
            }
        });
        this
    }

    /// The program joins as a location.
    fn joined(&self, app: &TestApp, location: &NewLocation, trusting: bool) -> Child {
        let mut command = process::program(app);
        command.args(["probe", "--join", &self.url, "--token", &location.token]);
        if trusting {
            command.arg("--ca").arg(&self.ca);
        }
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts")
    }
}

/// When the agent of a location was heard of.
async fn heard(app: &TestApp, reader: &Actor, location: &NewLocation) -> Option<Timestamp> {
    let known = app.portal.locations.locations(reader).await.expect("the locations");
    known.into_iter().find(|known| known.id == location.id).and_then(|known| known.seen_at)
}

async fn until(what: &str, so: impl AsyncFn() -> bool) {
    for _ in 0..600 {
        if so().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("not within a minute: {what}");
}

both! {
    async fn programs_elsewhere_see_the_target_and_their_end_is_not_its_end(app: TestApp) {
        let server = Server::plain().await;
        let (_, editor, own) = scene(&app, "http://127.0.0.1:1/", &[]).await;
        app.portal.monitors.pause(&editor, &own).await.unwrap();
        let (near, far) = (location(&app, "near").await, location(&app, "far").await);
        let system = app.portal.monitors.systems(&editor, Permission::Read).await.unwrap()[0].id.clone();
        let mut typed = fields(&[("name", "seen from two"), ("system", system.as_str()), ("url", &server.url("/")), ("interval", "5"), ("timeout", "2"), ("needed", "1"), ("quorum", "2"), ("locations", near.id.as_str())]);
        typed.add("locations", &far.id);
        let id = app.portal.monitors.create(&editor, &typed).await.unwrap();
        let front = Front::before(&app).await;
        // Whom nobody told to trust that authority does not join.
        let mut doubting = front.joined(&app, &near, false);
        until("it turns away", async || front.refused.load(Ordering::SeqCst) > 0).await;
        doubting.kill().await.expect("its end");
        assert_eq!((heard(&app, &editor, &near).await, server.hits()), (None, 0));
        let (mut here, mut there) = (front.joined(&app, &near, true), front.joined(&app, &far, true));
        let all = async |state: State| {
            let places = app.portal.locations.places(&editor, &id).await.unwrap();
            places.len() == 2 && places.iter().all(|place| place.state == state)
        };
        until("both see it", async || all(State::Up).await).await;
        assert_eq!((monitor(&app, &editor, &id).await.shown, firing(&app).await), (Shown::Up, 0));
        server.set(Reply::status(503));
        until("both see it go down", async || all(State::Down).await).await;
        let down = monitor(&app, &editor, &id).await;
        assert_eq!((down.shown, down.standing.last.unwrap().reason, firing(&app).await), (Shown::Down, Reason::Status, 1));
        server.set(Reply::status(200));
        until("both see it again", async || all(State::Up).await).await;
        assert_eq!((monitor(&app, &editor, &id).await.shown, firing(&app).await), (Shown::Up, 0));
        // One is killed, the other goes on reporting while the clock does.
        there.kill().await.expect("kill -9");
        for _ in 0..3 {
            app.advance(60 * SECOND);
            until("the other one is heard", async || heard(&app, &editor, &near).await == Some(app.now())).await;
            app.settle().await;
        }
        let places = app.portal.locations.places(&editor, &id).await.unwrap();
        let of = |name: &str| places.iter().find(|place| place.name == name).map(|place| (place.state, place.lost));
        assert_eq!((of("near"), of("far")), (Some((State::Up, false)), Some((State::Unknown, true))));
        assert_eq!((lost(&app).await, monitor(&app, &editor, &id).await.shown, firing(&app).await), (1, Shown::Up, 0));
        // Nobody is left to ask: nobody knows, which is not down either.
        here.kill().await.expect("kill -9");
        for _ in 0..3 {
            app.advance(60 * SECOND);
            app.settle().await;
        }
        let gone = monitor(&app, &editor, &id).await;
        assert_eq!((gone.shown, gone.standing.last.unwrap().reason), (Shown::Unknown, Reason::LocationLost));
        assert_eq!((lost(&app).await, firing(&app).await), (2, 0));
    }
}
