use super::*;

fn flags(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
}

#[test]
fn flags_win_and_are_read_by_type() {
    let settings = load(None, &flags(&[("limits.timeout_s", "7"), ("trusted_proxies", "[\"10.0.0.0/8\"]"), ("data", "/x")])).unwrap();
    assert_eq!((settings.limits.timeout_s, settings.trusted_proxies.len()), (7, 1));
    assert_eq!(settings.database_url(), "sqlite:/x/evenkeel.db");
}

#[test]
fn errors_name_key_value_and_what_is_right() {
    let say = |pairs| load(None, &flags(pairs)).unwrap_err()[0].to_string();
    let unknown = say(&[("limits.timeout", "7")]);
    assert!(unknown.starts_with("limits.timeout: this key is wrong; expected one of body_bytes, "), "{unknown}");
    let typed = say(&[("limits.timeout_s", "soon")]);
    assert!(typed.starts_with("limits.timeout_s: string \"soon\" is wrong; expected a whole number"), "{typed}");
    let word = say(&[("log.format", "xml")]);
    assert!(word.starts_with("log.format: \"xml\" is wrong; expected one of text, json"), "{word}");
    assert!(say(&[("egress.allow", "[\"10.0.0.0/33\"]")]).starts_with("egress.allow: \"10.0.0.0/33\" is wrong"));
    assert!(say(&[("tls.key", "/no/such")]).starts_with("tls: "));
    assert!(say(&[("url", "example.org")]).starts_with("url: "));
    let listen = say(&[("listen", "nowhere")]);
    assert!(listen.starts_with("listen: \"nowhere\" is wrong; expected an address and a port such as"), "{listen}");
    assert!(say(&[("tools.account", "no-such-account")]).starts_with("tools.account: \"no-such-account\" is wrong"));
    assert!(say(&[("limits.timeout_s", "99999999")]).ends_with("expected a whole number from 1 to 3600"));
}

#[test]
fn every_fault_is_told_at_once() {
    let given = flags(&[("limits.timeout", "7"), ("limits.timeout_s", "soon"), ("url", "x"), ("nonsense", "1"), ("keep.runs_days", "0")]);
    let told: Vec<String> = load(None, &given).unwrap_err().into_iter().map(|wrong| wrong.key).collect();
    for key in ["limits.timeout", "limits.timeout_s", "url", "nonsense", "keep.runs_days"] {
        assert!(told.iter().any(|told| told == key), "{key} is not among {told:?}");
    }
}

#[test]
fn a_file_that_does_not_read_is_told_with_its_line() {
    let file = std::env::temp_dir().join(format!("evenkeel-config-{}.toml", std::process::id()));
    std::fs::write(&file, "url = \"http://x\"\nlisten = = 1\n").unwrap();
    let told = load(Some(&file), &[]).unwrap_err()[0].to_string();
    std::fs::remove_file(&file).unwrap();
    assert!(told.contains("line 2") && told.contains("evenkeel-config-"), "{told}");
}

#[test]
fn one_text_is_a_list_with_commas() {
    let list = |text| load(None, &flags(&[("egress.allow", text)])).unwrap().egress.allow;
    assert_eq!(list("127.0.0.0/8"), ["127.0.0.0/8"]);
    assert_eq!(list("10.0.0.0/8, ::1"), ["10.0.0.0/8", "::1"]);
    assert_eq!(list("[\"10.0.0.0/8\"]"), ["10.0.0.0/8"]);
    assert!(docs().contains("EVENKEEL_METRICS_FROM=127.0.0.0/8,::1"));
}

#[test]
fn the_reference_has_words_for_every_key() {
    let docs = docs();
    assert!(docs.contains("EVENKEEL_LIMITS__TIMEOUT_S"));
    for block in docs.split("\n\n").skip(1) {
        assert!(block.lines().next().is_some_and(|line| line.len() > 4), "no words: {block}");
    }
}

#[test]
fn passwords_are_not_shown() {
    let settings = Settings { database: "postgres://ek:s3cret@db/ek".into(), ..Settings::default() };
    assert!(!show(&settings).contains("s3cret"));
    assert!(show(&settings).contains("postgres://ek:…@db/ek"));
}

#[test]
fn the_authorities_of_the_house_are_read_at_once() {
    let file = std::env::temp_dir().join(format!("evenkeel-ca-{}.pem", std::process::id()));
    let path = file.display().to_string();
    let told = || load(None, &flags(&[("egress.ca", &path)])).unwrap_err()[0].to_string();
    assert!(told().ends_with("expected a PEM file that is there"), "{}", told());
    std::fs::write(&file, "no certificate\n").unwrap();
    assert!(told().starts_with("egress.ca: ") && told().contains("a PEM file with certificates"), "{}", told());
    let made = rcgen::generate_simple_self_signed(vec!["ca.example.org".to_owned()]).unwrap().cert.pem();
    std::fs::write(&file, format!("{made}{made}")).unwrap();
    assert_eq!(load(None, &flags(&[("egress.ca", &path)])).unwrap().egress.roots().unwrap().len(), 2);
    std::fs::remove_file(&file).unwrap();
}
