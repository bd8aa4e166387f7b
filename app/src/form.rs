//! Forms: what was posted, and a form's state when its page is rendered (again).

use std::sync::Arc;

use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
};
use domain::{Fault, Problem, Wording, form::Typed};
use http::{StatusCode, header};

use crate::{fault, i18n::say_wording, visit::current_locale};

/// The fields of a form POST (`application/x-www-form-urlencoded`).
#[derive(Debug, Clone, Default)]
pub struct PostedForm {
    /// Field names and texts as they were typed.
    pub typed: Typed,
}

impl PostedForm {
    /// First value of a field, or the empty text.
    pub fn get(&self, field: &str) -> &str {
        self.typed.get(field)
    }
}

impl<S: Send + Sync> FromRequest<S> for PostedForm {
    type Rejection = fault::Refused;
    async fn from_request(request: Request, state: &S) -> Result<Self, fault::Refused> {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
        let body = Bytes::from_request(request, state)
            .await
            .map_err(|_| Fault::invalid("body", "", Wording::new("expect-at-most-characters").with("max", "1 MiB")))?;
        if !body.is_empty() && !kind.starts_with("application/x-www-form-urlencoded") {
            return Err(Fault::invalid(
                "Content-Type",
                kind,
                Wording::new("expect-one-of").with("choices", "application/x-www-form-urlencoded"),
            )
            .into());
        }
        Ok(Self { typed: Typed::from_pairs(form_urlencoded::parse(&body).map(|(name, value)| (name.into_owned(), value.into_owned()))) })
    }
}

/// The parts of a form with a file.
fn parts_of(request: Request) -> Result<multer::Multipart<'static>, Fault> {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
    let boundary = multer::parse_boundary(&kind)
        .map_err(|_| Fault::invalid("Content-Type", &kind, Wording::new("expect-one-of").with("choices", "multipart/form-data")))?;
    Ok(multer::Multipart::new(request.into_body().into_data_stream(), boundary))
}

fn no_file() -> Fault {
    Fault::invalid("file", "", Wording::new("expect-something"))
}

fn broken(_: multer::Error) -> Fault {
    no_file()
}

/// A file that a form sent (`multipart/form-data`), in its field `file`; the other fields are left out.
#[derive(Debug, Clone)]
pub struct PostedFile {
    /// Its name, as the browser gives it.
    pub name: String,
    /// Its content.
    pub body: Vec<u8>,
}

impl<S: Send + Sync> FromRequest<S> for PostedFile {
    type Rejection = fault::Refused;
    async fn from_request(request: Request, _: &S) -> Result<Self, fault::Refused> {
        let mut parts = parts_of(request)?;
        while let Some(part) = parts.next_field().await.map_err(broken)? {
            if part.name() == Some("file") {
                let name = part.file_name().unwrap_or_default().to_owned();
                let body = part.bytes().await.map_err(broken)?.to_vec();
                return Ok(Self { name, body });
            }
        }
        Err(no_file().into())
    }
}

/// The fields and the file of a form (`multipart/form-data`); where no file was chosen it is empty.
#[derive(Debug, Clone, Default)]
pub struct PostedUpload {
    /// Field names and texts as they were typed.
    pub typed: Typed,
    /// Name of the file, as the browser gives it.
    pub name: String,
    /// Its content.
    pub body: Vec<u8>,
}

impl<S: Send + Sync> FromRequest<S> for PostedUpload {
    type Rejection = fault::Refused;
    async fn from_request(request: Request, _: &S) -> Result<Self, fault::Refused> {
        let mut parts = parts_of(request)?;
        let mut posted = Self::default();
        while let Some(part) = parts.next_field().await.map_err(broken)? {
            let Some(field) = part.name().map(str::to_owned) else { continue };
            if field == "file" {
                posted.name = part.file_name().unwrap_or_default().to_owned();
                posted.body = part.bytes().await.map_err(broken)?.to_vec();
            } else {
                posted.typed.add(field, part.text().await.map_err(broken)?);
            }
        }
        Ok(posted)
    }
}

/// The state of a form while its page is rendered: what stands in the fields, and what is wrong with it. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct FormState {
    /// What stands in the fields.
    pub typed: Arc<Typed>,
    /// Why the last attempt was refused.
    pub fault: Option<Fault>,
}

/// What a field expects, as a form says it: where nothing was chosen the words of the API help nobody.
fn expected(problem: &Problem) -> Wording {
    let unchosen = problem.value.trim().is_empty() && problem.unsaid.is_none() && problem.expected.key == "expect-one-of";
    if unchosen { Wording::new("expect-choice") } else { problem.expected.clone() }
}

impl FormState {
    /// An empty form, or one filled with what is stored.
    pub fn fresh(typed: Typed) -> Self {
        Self { typed: Arc::new(typed), fault: None }
    }

    /// A form that was refused: everything typed is kept.
    pub fn refused(typed: Typed, fault: Fault) -> Self {
        let fault = match fault {
            Fault::Invalid(problems) => {
                Fault::Invalid(problems.into_iter().map(|one| Problem { expected: expected(&one), ..one }).collect())
            }
            other => other,
        };
        Self { typed: Arc::new(typed), fault: Some(fault) }
    }

    /// The status of its page: 200 when fresh, else that of the fault.
    pub fn status(&self) -> StatusCode {
        self.fault.as_ref().map_or(StatusCode::OK, fault::status)
    }

    /// First value of a field.
    pub fn get(&self, field: &str) -> String {
        self.typed.get(field).to_owned()
    }

    /// Whether a checkbox or a choice is ticked: the field holds this value.
    pub fn is(&self, field: &str, value: &str) -> bool {
        self.typed.all(field).iter().any(|v| v == value)
    }

    /// All problems of the form.
    pub fn problems(&self) -> &[Problem] {
        self.fault.as_ref().map_or(&[], Fault::problems)
    }

    /// What would be right for this field, if it is wrong; in the language being rendered.
    pub fn error(&self, field: &str) -> Option<String> {
        self.problems().iter().find(|p| p.field == field).map(|p| say_wording(current_locale(), &p.expected))
    }
}
