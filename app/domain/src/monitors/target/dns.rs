//! A check by asking a name server.

use serde::{Deserialize, Serialize};

use super::{HostPort, Pace, body::compile};
use crate::{
    Wording,
    form::{Check, Typed, one_of},
    monitors::Reason,
    words::words,
};

words! {
    /// Kinds of records that can be asked for.
    pub enum RecordKind {
        /// IPv4 addresses.
        A = "A",
        /// IPv6 addresses.
        Aaaa = "AAAA",
        /// Another name.
        Cname = "CNAME",
        /// Mail servers.
        Mx = "MX",
        /// Texts.
        Txt = "TXT",
        /// Name servers.
        Ns = "NS",
        /// Begin of authority.
        Soa = "SOA",
        /// Services.
        Srv = "SRV",
        /// Who may issue certificates.
        Caa = "CAA",
        /// The name of an address.
        Ptr = "PTR",
    }
    /// How a name server is asked.
    pub enum Transport {
        /// By datagrams; an answer that was cut short is asked for again over TCP.
        Udp = "udp",
        /// Over a connection.
        Tcp = "tcp",
    }
    /// Codes of answers.
    pub enum Rcode {
        /// All is well.
        NoError = "NOERROR",
        /// There is no such name.
        NxDomain = "NXDOMAIN",
        /// The server could not find out.
        ServFail = "SERVFAIL",
        /// The server does not want to say.
        Refused = "REFUSED",
    }
    /// What the answers must be.
    pub enum AnswerMode {
        /// At least one, whatever it is.
        Any = "any",
        /// Exactly these, in any order.
        Exactly = "exactly",
        /// All of these, perhaps with others.
        Includes = "includes",
        /// At least one must match the regular expression.
        Regex = "regex",
        /// There is one at least, and each must match the regular expression.
        Each = "each",
        /// None may match the regular expression.
        Lacks = "lacks",
        /// None at all.
        None = "none",
        /// There may be some or none: the code alone counts.
        Whatever = "whatever",
    }
}

/// A check by asking a name server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DnsTarget {
    /// The name asked for.
    pub lookup: String,
    /// The kind of record.
    pub record: RecordKind,
    /// The name server; `null` for that of the machine which checks.
    pub server: Option<HostPort>,
    /// How it is asked.
    pub transport: Transport,
    /// How often.
    #[serde(flatten)]
    pub pace: Pace,
    /// The code that the answer must have.
    pub rcode: Rcode,
    /// What the answers must be.
    pub answers: AnswerMode,
    /// The answers, or one regular expression.
    pub answer_text: Vec<String>,
}

impl DnsTarget {
    pub(super) fn parse(check: &mut Check<'_>, typed: &Typed) -> Option<Self> {
        let lookup = check.field("lookup", parse_name);
        let record = check.optional("record", |text| RecordKind::parse(text).ok_or_else(|| one_of(RecordKind::ALL)));
        let server = check.optional("server", |text| HostPort::parse(text, Some(53)));
        let transport = check.optional("transport", |text| Transport::parse(text).ok_or_else(|| one_of(Transport::ALL)));
        let pace = Pace::parse(check);
        let rcode = check.optional("rcode", |text| Rcode::parse(text).ok_or_else(|| one_of(Rcode::ALL)));
        let mode = check.optional("answers", |text| AnswerMode::parse(text).ok_or_else(|| one_of(AnswerMode::ALL)));
        let rcode = rcode?.unwrap_or(Rcode::NoError);
        let usual = if rcode == Rcode::NoError { AnswerMode::Any } else { AnswerMode::None };
        let answers = mode?.unwrap_or(usual);
        let lines = typed.all("answer_text").join("\n");
        let answer_text = check.field("answer_text", |_| parse_answers(answers, &lines));
        Some(Self {
            lookup: lookup?,
            record: record?.unwrap_or(RecordKind::A),
            server: server?,
            transport: transport?.unwrap_or(Transport::Udp),
            pace: pace?,
            rcode,
            answers,
            answer_text: answer_text?,
        })
    }

    pub(super) fn fill(&self, typed: &mut Typed) {
        typed.set("lookup", &self.lookup);
        typed.set("record", self.record);
        typed.set("server", self.server.as_ref().map(ToString::to_string).unwrap_or_default());
        typed.set("transport", self.transport);
        typed.set("rcode", self.rcode);
        typed.set("answers", self.answers);
        typed.set("answer_text", self.answer_text.join("\n"));
    }

    /// Judges what a name server said: the code, then the answers of the kind asked for.
    pub fn judge(&self, rcode: &str, answers: &[String]) -> (Reason, String) {
        if rcode != self.rcode.name() {
            return (Reason::Rcode, format!("{rcode}, expected {}", self.rcode));
        }
        let found: Vec<String> = answers.iter().map(|answer| canonical(answer)).collect();
        let wanted: Vec<String> = self.answer_text.iter().map(|answer| canonical(answer)).collect();
        let good = match self.answers {
            AnswerMode::Any => !found.is_empty(),
            AnswerMode::None => found.is_empty(),
            AnswerMode::Exactly => wanted.iter().all(|w| found.contains(w)) && found.iter().all(|f| wanted.contains(f)),
            AnswerMode::Includes => wanted.iter().all(|w| found.contains(w)),
            AnswerMode::Whatever => true,
            AnswerMode::Regex | AnswerMode::Each | AnswerMode::Lacks => {
                let regex = self.answer_text.first().and_then(|text| compile(text).ok());
                regex.is_some_and(|regex| {
                    let mut fit = answers.iter().map(|answer| regex.is_match(answer));
                    match self.answers {
                        AnswerMode::Each => !answers.is_empty() && fit.all(|fits| fits),
                        AnswerMode::Lacks => !fit.any(|fits| fits),
                        _ => fit.any(|fits| fits),
                    }
                })
            }
        };
        if good {
            return (Reason::Fine, String::new());
        }
        let said = if answers.is_empty() { "no answer".to_owned() } else { answers.join(", ") };
        let expected = self.answer_text.join(", ");
        (Reason::Answer, if expected.is_empty() { said } else { format!("{said}; expected {} {expected}", self.answers) })
    }
}

/// Names and hexadecimal digits know no case, and a name may end with its dot or without.
fn canonical(answer: &str) -> String {
    answer.trim().trim_end_matches('.').to_lowercase()
}

fn parse_name(text: &str) -> Result<String, Wording> {
    let text = text.trim();
    let label = |label: &str| (1..=63).contains(&label.len()) && label.chars().all(|c| c.is_alphanumeric() || "-_/*".contains(c));
    let name = text.strip_suffix('.').unwrap_or(text);
    if text == "." || (text.len() <= 253 && name.split('.').all(label)) {
        Ok(text.to_owned())
    } else {
        Err(Wording::new("monitors-expect-host"))
    }
}

fn parse_answers(mode: AnswerMode, lines: &str) -> Result<Vec<String>, Wording> {
    let lines: Vec<String> = lines.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect();
    match mode {
        AnswerMode::Any | AnswerMode::None | AnswerMode::Whatever => return Ok(Vec::new()),
        _ if lines.is_empty() => return Err(Wording::new("expect-something")),
        _ if lines.len() > 20 || lines.iter().any(|line| line.chars().count() > 500) => {
            return Err(Wording::new("monitors-expect-few-answers"));
        }
        AnswerMode::Regex | AnswerMode::Each | AnswerMode::Lacks if lines.len() > 1 => return Err(Wording::new("expect-one-line")),
        AnswerMode::Regex | AnswerMode::Each | AnswerMode::Lacks => {
            compile(&lines[0]).map_err(|why| Wording::new("monitors-expect-regex").with("why", why))?;
        }
        AnswerMode::Exactly | AnswerMode::Includes => {}
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(answers: AnswerMode, text: &[&str]) -> DnsTarget {
        DnsTarget {
            lookup: "example.org".into(),
            record: RecordKind::Mx,
            server: None,
            transport: Transport::Udp,
            pace: Pace { interval_s: 30, timeout_s: 5 },
            rcode: Rcode::NoError,
            answers,
            answer_text: text.iter().map(|t| (*t).to_owned()).collect(),
        }
    }

    #[test]
    fn the_code_then_the_answers() {
        let found = ["10 mx1.example.org.".to_owned(), "20 mx2.example.org.".to_owned()];
        let reason = |mode, text: &[&str]| target(mode, text).judge("NOERROR", &found).0;
        assert_eq!(target(AnswerMode::Any, &[]).judge("NXDOMAIN", &[]), (Reason::Rcode, "NXDOMAIN, expected NOERROR".to_owned()));
        assert_eq!(target(AnswerMode::Any, &[]).judge("NOERROR", &[]).0, Reason::Answer);
        assert_eq!(reason(AnswerMode::Any, &[]), Reason::Fine);
        assert_eq!(reason(AnswerMode::Exactly, &["20 MX2.example.org", "10 mx1.example.org"]), Reason::Fine);
        assert_eq!(reason(AnswerMode::Exactly, &["10 mx1.example.org"]), Reason::Answer);
        assert_eq!(reason(AnswerMode::Includes, &["10 mx1.example.org"]), Reason::Fine);
        assert_eq!(reason(AnswerMode::Regex, &["^10 mx"]), Reason::Fine);
        assert_eq!(reason(AnswerMode::Regex, &["^30 mx"]), Reason::Answer);
        assert_eq!(reason(AnswerMode::None, &[]), Reason::Answer);
        for (mode, text, good, without) in [
            (AnswerMode::Each, "mx[12]", true, false),
            (AnswerMode::Each, "mx1", false, false),
            (AnswerMode::Lacks, "mx1", false, true),
            (AnswerMode::Lacks, "mx3", true, true),
            (AnswerMode::Whatever, "", true, true),
        ] {
            let fine = |answers: &[String]| target(mode, &[text]).judge("NOERROR", answers).0 == Reason::Fine;
            assert_eq!((fine(&found), fine(&[])), (good, without), "{mode} {text}");
        }
    }

    #[test]
    fn names_and_answers_are_read() {
        assert!(parse_name("_sip._tcp.example.org.").is_ok() && parse_name("*.example.org").is_ok());
        assert!(parse_name("a b").is_err() && parse_name("").is_err());
        assert!(parse_answers(AnswerMode::Exactly, "").is_err());
        assert!(parse_answers(AnswerMode::Regex, "(").is_err() && parse_answers(AnswerMode::Lacks, "a\nb").is_err());
        assert_eq!(parse_answers(AnswerMode::Whatever, "left over").unwrap(), [""; 0]);
        assert_eq!(parse_answers(AnswerMode::Exactly, " a \n\nb").unwrap(), ["a", "b"]);
    }
}
