//! What a file is, by its first bytes.

use crate::words::words;

words! {
    /// The kinds of files that may be attached. Nothing among them is run by opening it.
    pub enum FileKind {
        /// PNG picture.
        Png = "png",
        /// JPEG picture.
        Jpeg = "jpeg",
        /// GIF picture.
        Gif = "gif",
        /// WebP picture.
        Webp = "webp",
        /// PDF document.
        Pdf = "pdf",
        /// ZIP archive, and documents that are made of one.
        Zip = "zip",
        /// gzip stream.
        Gzip = "gzip",
        /// Zstandard stream.
        Zstd = "zstd",
        /// Packet capture.
        Pcap = "pcap",
        /// Text in UTF-8: logs, CSV, JSON.
        Text = "text",
    }
}

impl FileKind {
    /// Whether a browser may show it in the page.
    pub fn is_image(self) -> bool {
        matches!(self, Self::Png | Self::Jpeg | Self::Gif | Self::Webp)
    }

    /// The media type under which it is handed out.
    pub fn media(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Gif => "image/gif",
            Self::Webp => "image/webp",
            Self::Pdf => "application/pdf",
            Self::Zip => "application/zip",
            Self::Gzip => "application/gzip",
            Self::Zstd => "application/zstd",
            Self::Pcap => "application/vnd.tcpdump.pcap",
            Self::Text => "text/plain; charset=utf-8",
        }
    }

    /// Endings of names that fit, the usual one first.
    pub fn endings(self) -> &'static [&'static str] {
        match self {
            Self::Png => &["png"],
            Self::Jpeg => &["jpg", "jpeg"],
            Self::Gif => &["gif"],
            Self::Webp => &["webp"],
            Self::Pdf => &["pdf"],
            Self::Zip => &["zip", "docx", "xlsx", "pptx", "odt", "ods", "odp", "har.zip"],
            Self::Gzip => &["gz", "tgz"],
            Self::Zstd => &["zst"],
            Self::Pcap => &["pcap", "pcapng", "cap"],
            Self::Text => &["txt", "log", "csv", "json", "yaml", "yml", "md", "toml", "conf", "har", "ndjson"],
        }
    }
}

/// What this is; `None` where it is none of the kinds that may be attached. A text with a `NUL` or other control characters
/// than those of lines is none, and neither is one that begins like a program (`#!`).
pub fn sniff(bytes: &[u8]) -> Option<FileKind> {
    const MAGIC: &[(&[u8], FileKind)] = &[
        (b"\x89PNG\r\n\x1a\n", FileKind::Png),
        (b"\xff\xd8\xff", FileKind::Jpeg),
        (b"GIF87a", FileKind::Gif),
        (b"GIF89a", FileKind::Gif),
        (b"%PDF-", FileKind::Pdf),
        (b"PK\x03\x04", FileKind::Zip),
        (b"\x1f\x8b\x08", FileKind::Gzip),
        (b"\x28\xb5\x2f\xfd", FileKind::Zstd),
        (b"\xa1\xb2\xc3\xd4", FileKind::Pcap),
        (b"\xd4\xc3\xb2\xa1", FileKind::Pcap),
        (b"\xa1\xb2\x3c\x4d", FileKind::Pcap),
        (b"\x4d\x3c\xb2\xa1", FileKind::Pcap),
        (b"\x0a\x0d\x0d\x0a", FileKind::Pcap),
    ];
    if let Some((_, kind)) = MAGIC.iter().find(|(magic, _)| bytes.starts_with(magic)) {
        return Some(*kind);
    }
    if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        return Some(FileKind::Webp);
    }
    let text = std::str::from_utf8(bytes).ok().filter(|text| !text.is_empty() && !text.starts_with("#!"))?;
    let plain = text.chars().all(|c| !c.is_control() || matches!(c, '\n' | '\r' | '\t' | '\u{1b}' | '\u{c}'));
    plain.then_some(FileKind::Text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_says_what_it_is() {
        for (bytes, kind) in [
            (&b"\x89PNG\r\n\x1a\n...."[..], Some(FileKind::Png)),
            (b"\xff\xd8\xff\xe0", Some(FileKind::Jpeg)),
            (b"RIFF\x10\0\0\0WEBPVP8 ", Some(FileKind::Webp)),
            (b"RIFF\x10\0\0\0WAVE", None),
            (b"<svg onload=alert(1)>", Some(FileKind::Text)),
            ("一行\n".as_bytes(), Some(FileKind::Text)),
            (b"\x7fELF\x02\x01", None),
            (b"MZ\x90\0", None),
            (b"#!/bin/sh\nrm -rf /\n", None),
            (b"a\0b", None),
            (b"\xff\xfe", None),
            (b"", None),
        ] {
            assert_eq!(sniff(bytes), kind, "{bytes:?}");
        }
    }

    #[test]
    fn no_kind_is_handed_out_as_something_that_runs() {
        for kind in FileKind::ALL {
            assert!(!kind.endings().is_empty());
            assert!(!kind.media().contains("html") && !kind.media().contains("svg") && !kind.media().contains("xml"), "{kind}");
        }
    }
}
