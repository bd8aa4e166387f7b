//! Files attached to something, e.g. to an incident or a change.
//!
//! What a file is, its content says ([`sniff`]), never its name; under which name it is handed out follows from both
//! ([`File::download_name`]).

mod sniff;

use serde::{Deserialize, Serialize};

use crate::{
    Fault, Timestamp,
    form::{Check, Typed},
    id::FileId,
    text::Name,
};
pub use sniff::{FileKind, sniff};

/// Most bytes of all files of one thing together.
pub const FILES_BYTES: i64 = 128 << 20;
/// Most files of one thing, those that were removed among them.
pub const MOST_FILES: usize = 200;

/// Reads the id of a file out of an address.
pub fn file_id(text: &str) -> Result<FileId, Fault> {
    FileId::parse(text).ok_or(Fault::NotFound("file"))
}

/// A file attached to something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = AttachedFile))]
pub struct File {
    /// Its id.
    pub id: FileId,
    /// Its name, as it was given.
    pub name: String,
    /// What it is, by its content.
    pub kind: FileKind,
    /// Bytes.
    pub size: i64,
    /// SHA-256 of its content in hexadecimal digits.
    pub sha256: String,
    /// Who attached it.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Who removed it; empty while it is there.
    pub removed_by: String,
    /// Why; empty while it is there.
    pub removed_why: String,
}

impl File {
    /// Whether it can still be had.
    pub fn is_there(&self) -> bool {
        self.removed_by.is_empty()
    }

    /// The name under which it is handed out: its own where the ending fits what it is, else with the right ending behind
    /// it, so that nobody opens as a program what came as a picture.
    pub fn download_name(&self) -> String {
        let lower = self.name.to_lowercase();
        if self.kind.endings().iter().any(|ending| lower.ends_with(&format!(".{ending}"))) {
            return self.name.clone();
        }
        format!("{}.{}", self.name, self.kind.endings().first().copied().unwrap_or("bin"))
    }

    /// `Content-Disposition` of its answer (RFC 6266): pictures may be shown, everything else is saved.
    pub fn disposition(&self) -> String {
        let name = self.download_name();
        let plain: String =
            name.chars().map(|c| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ' ') { c } else { '_' }).collect();
        let coded: String = name
            .bytes()
            .map(|byte| match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'_' => char::from(byte).to_string(),
                _ => format!("%{byte:02X}"),
            })
            .collect();
        let how = if self.kind.is_image() { "inline" } else { "attachment" };
        format!("{how}; filename=\"{plain}\"; filename*=UTF-8''{coded}")
    }
}

/// Reads the name of a file as a browser gives it: without folders, without what cannot be seen.
pub fn file_name(text: &str) -> Result<Name, Fault> {
    let last = text.rsplit(['/', '\\']).next().unwrap_or(text);
    Name::parse(last).map_err(|expected| Fault::invalid("file", text, expected))
}

/// Reads `reason`: why a file is removed.
pub fn read_removal(typed: &Typed) -> Result<Name, Fault> {
    let mut check = Check::new(typed);
    check.only(&["reason"]);
    let reason = check.field("reason", Name::parse);
    let (reason,) = check.finish((reason,))?;
    Ok(reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, kind: FileKind) -> File {
        File {
            id: FileId::parse("00000000-0000-7000-8000-000000000001").unwrap(),
            name: name.into(),
            kind,
            size: 1,
            sha256: String::new(),
            by: String::new(),
            at: Timestamp(0),
            removed_by: String::new(),
            removed_why: String::new(),
        }
    }

    #[test]
    fn names_do_not_decide_what_is_opened() {
        assert_eq!(file("a.PNG", FileKind::Png).download_name(), "a.PNG");
        assert_eq!(file("invoice.exe", FileKind::Text).download_name(), "invoice.exe.txt");
        assert_eq!(file("x\".html", FileKind::Text).disposition(), "attachment; filename=\"x_.html.txt\"; filename*=UTF-8''x%22.html.txt");
        assert!(file("图.png", FileKind::Png).disposition().starts_with("inline; filename=\"_.png\"; filename*=UTF-8''%E5"));
        assert_eq!(file_name("C:\\fakepath\\trace.pcap").unwrap().as_str(), "trace.pcap");
        assert!(file_name("../").is_err());
    }
}
