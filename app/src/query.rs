//! Parameters of a request as a type. What does not fit it is a fault that names the parameter and says what would be right, as of
//! every form: axum's own extractor would answer 400 in plain text.

use std::error::Error;

use axum::extract::FromRequestParts;
use domain::{Fault, Wording, form::Typed};
use http::{Uri, request::Parts};
use serde::de::DeserializeOwned;

use crate::fault::Refused;

/// The parameters of a page. Pairs take whatever there is.
pub struct Query<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Refused;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refused> {
        Ok(read(&parts.uri).map(Self)?)
    }
}

/// The parameters as a type, or a fault that names the first one that does not fit.
pub fn read<T: DeserializeOwned>(uri: &Uri) -> Result<T, Fault> {
    axum::extract::Query::try_from_uri(uri).map(|axum::extract::Query(asked)| asked).map_err(|refused| {
        let why = refused.source().map_or_else(|| refused.body_text(), ToString::to_string);
        let pairs = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()).into_owned();
        fault(&Typed::from_pairs(pairs), &why)
    })
}

/// `why` is what serde says: `limit: invalid digit found in string`, or ``missing field `system` ``.
fn fault(given: &Typed, why: &str) -> Fault {
    let quoted = |text: &str| text.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>();
    let named = given.names().find(|name| why.strip_prefix(*name).is_some_and(|rest| rest.starts_with(": "))).map(str::to_owned);
    let field = named.or_else(|| quoted(why).into_iter().next()).unwrap_or_default();
    let choices = |choices: String| Wording::new("expect-one-of").with("choices", choices);
    let expected = match why.split_once("expected ") {
        Some((_, known)) if why.contains("unknown variant") => choices(quoted(known).join(", ")),
        _ if why.contains("missing field") => Wording::new("expect-something"),
        _ if why.contains("duplicate field") => Wording::new("expect-once"),
        _ if why.contains("`true` or `false`") => choices("true, false".to_owned()),
        _ if why.contains("digit") || why.contains("integer") || why.contains("number") => Wording::new("expect-whole"),
        _ => Wording::new("expect-readable"),
    };
    Fault::invalid(&field, given.get(&field), expected)
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Place {
        Here,
        There,
    }

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only read from a query")]
    struct Asked {
        system: String,
        limit: Option<u32>,
        from: Option<i64>,
        past: Option<bool>,
        place: Option<Place>,
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let wrong = |query: &str| match read::<Asked>(&format!("/x?{query}").parse().unwrap()) {
            Err(Fault::Invalid(problems)) => {
                let problem = problems.into_iter().next().unwrap();
                let choices = problem.expected.args.into_iter().map(|(_, choices)| choices).collect::<String>();
                format!("{} {:?} {} {choices}", problem.field, problem.value, problem.expected.key).trim_end().to_owned()
            }
            other => format!("{other:?}"),
        };
        let told = [
            ("system=a&limit=abc", r#"limit "abc" expect-whole"#),
            ("system=a&limit=-1", r#"limit "-1" expect-whole"#),
            ("system=a&limit=", r#"limit "" expect-whole"#),
            ("system=a&limit=99999999999", r#"limit "99999999999" expect-whole"#),
            ("system=a&from=x", r#"from "x" expect-whole"#),
            ("system=a&past=perhaps", r#"past "perhaps" expect-one-of true, false"#),
            ("system=a&place=nowhere", r#"place "nowhere" expect-one-of here, there"#),
            ("limit=1", r#"system "" expect-something"#),
            ("system=a&system=b", r#"system "a" expect-once"#),
        ];
        for (query, said) in told {
            assert_eq!(wrong(query), said, "{query}");
        }
        assert!(read::<Asked>(&"/x?system=a&limit=7&other=1".parse().unwrap()).is_ok());
    }
}
