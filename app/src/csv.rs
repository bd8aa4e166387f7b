//! Lists as CSV: the whole filter, streamed page by page, cells that could be read as formulas neutralised.

use std::{future::Future, pin::Pin};

use axum::{body::Body, response::Response};
use bytes::Bytes;
use domain::{Fault, Page};
use futures::stream;
use http::header;

/// Spreadsheets read UTF-8 only with this mark.
const MARK: [u8; 3] = [0xEF, 0xBB, 0xBF];

/// Whether a spreadsheet would read it as a formula.
fn is_formula(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r', '\0', '＝', '＋', '－', '＠']) && text.parse::<f64>().is_err()
}

/// A cell that a spreadsheet would read as a formula gets an apostrophe in front; so does what stands behind a semicolon or a tab,
/// where spreadsheets of other countries begin a cell.
pub fn neutral(cell: &str) -> String {
    let mut safe = String::with_capacity(cell.len() + 1);
    for (at, part) in cell.split_inclusive([';', '\t']).enumerate() {
        if is_formula(part) && (at > 0 || !cell.starts_with('\t')) || at == 0 && is_formula(cell) {
            safe.push('\'');
        }
        safe.push_str(part);
    }
    safe
}

fn lines(rows: impl Iterator<Item = Vec<String>>) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        // Writing to memory cannot fail.
        let _ = writer.write_record(row.iter().map(|cell| neutral(cell)));
    }
    writer.into_inner().unwrap_or_default()
}

/// The future of one page of rows.
pub type NextPage<T> = Pin<Box<dyn Future<Output = Result<Page<T>, Fault>> + Send>>;

/// Streams every page of a list. `fetch` gets the cursor of the next page (`None` first); `cells` turns a row into
/// cells. The first page is read before the answer begins, so that a refusal is still a refusal; a fault later
/// breaks the stream off, so that a cut file is never taken for a whole one.
pub async fn stream_csv<T: Send + 'static>(
    name: &str,
    head: Vec<String>,
    fetch: impl Fn(Option<String>) -> NextPage<T> + Send + 'static,
    cells: impl Fn(&T) -> Vec<String> + Send + 'static,
) -> Result<Response, Fault> {
    let first = fetch(None).await?;
    let mut opening = MARK.to_vec();
    opening.extend(lines(std::iter::once(head)));
    opening.extend(lines(first.items.iter().map(&cells)));
    let rest = stream::try_unfold((first.next, fetch, cells), move |(next, fetch, cells)| async move {
        let Some(cursor) = next else { return Ok(None) };
        let page = fetch(Some(cursor)).await.map_err(|fault| std::io::Error::other(fault.to_string()))?;
        let bytes = Bytes::from(lines(page.items.iter().map(&cells)));
        Ok::<_, std::io::Error>(Some((bytes, (page.next, fetch, cells))))
    });
    file(name, Body::from_stream(futures::StreamExt::chain(stream::once(async move { Ok(Bytes::from(opening)) }), rest)))
}

/// A short list, whole: one that is not paged on its page either.
pub fn whole_csv(name: &str, head: &[&str], rows: impl Iterator<Item = Vec<String>>) -> Result<Response, Fault> {
    let mut body = MARK.to_vec();
    body.extend(lines(std::iter::once(head.iter().map(|&word| word.to_owned()).collect()).chain(rows)));
    file(name, Body::from(body))
}

fn file(name: &str, body: Body) -> Result<Response, Fault> {
    Response::builder()
        .header(header::CONTENT_TYPE, "text/csv; charset=utf-8")
        .header(header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\""))
        .header(header::CACHE_CONTROL, "no-store")
        .body(body)
        .map_err(|_| Fault::Internal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_text() {
        for bad in ["=1+1", "+cmd", "-x", "@SUM(A1)", "\t=1"] {
            assert!(neutral(bad).starts_with('\''), "{bad}");
        }
        assert_eq!(neutral("-12.5"), "-12.5");
        assert_eq!(neutral("Ann;=cmd|' /C calc'!A0;b"), "Ann;'=cmd|' /C calc'!A0;b");
        assert_eq!(neutral("Ann;\t@SUM(A1)"), "Ann;'\t'@SUM(A1)");
        assert_eq!(neutral("a; b;c"), "a; b;c");
        assert_eq!(neutral("ok"), "ok");
    }

    #[tokio::test]
    async fn every_page_is_streamed() {
        let fetch = |after: Option<String>| -> NextPage<u8> {
            Box::pin(async move {
                Ok(match after {
                    None => Page { items: vec![1, 2], next: Some("2.x".into()) },
                    Some(_) => Page { items: vec![3], next: None },
                })
            })
        };
        let response = stream_csv("n.csv", vec!["n".into()], fetch, |n| vec![n.to_string()]).await.unwrap();
        let body = axum::body::to_bytes(response.into_body(), 1_000).await.unwrap();
        assert_eq!(std::str::from_utf8(&body[3..]).unwrap(), "n\n1\n2\n3\n");
    }
}
