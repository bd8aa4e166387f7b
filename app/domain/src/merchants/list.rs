//! Every merchant of a span, the one that loses most first: what the page and the API list.

use serde::{Deserialize, Serialize};

use crate::{
    Actor, Fault, Page, PageRequest, Portal, Span, Wording,
    reports::{excess, usual},
    transactions::{Filter, Question, SliceRow, Sort, Tables, standing_for},
    words::words,
};

/// Merchants of one company.
const MOST: usize = 1_000_000;

/// A merchant in the list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Standing {
    /// The value that senders give, and its counts beside those of last week.
    pub row: SliceRow,
    /// What a team within reach calls it; may be empty.
    pub name: String,
    /// Failures beyond what its own rate of last week would give; `null` where there was no last week.
    pub excess: Option<f64>,
}

words! {
    /// What a list is ordered by.
    pub enum By {
        /// Failures beyond its own rate of last week; failures where there was no last week.
        Excess = "excess",
        /// Transactions.
        Volume = "volume",
        /// Share that succeeded.
        Rate = "rate",
        /// Failures.
        Failed = "failed",
        /// The value that senders give.
        Name = "name",
    }
}

/// The order of a list; where two are alike, by the value that senders give.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Order {
    by: By,
    falls: bool,
}

impl Order {
    /// Reads a word such as `rate`, or `-rate` for the highest first; the empty text is `-excess`.
    ///
    /// # Errors
    /// [`Fault::Invalid`] names the field `sort`.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let word = text.trim_start_matches('-');
        if text.is_empty() {
            return Ok(Self { by: By::Excess, falls: true });
        }
        By::parse(word).map(|by| Self { by, falls: word != text }).ok_or_else(|| {
            let choices = By::ALL.iter().map(|by| by.name()).collect::<Vec<_>>().join(", ");
            Fault::invalid("sort", text, Wording::new("expect-one-of").with("choices", choices))
        })
    }

    fn sort(self, rows: &mut [Standing]) {
        let rate = |one: &Standing| one.row.success_rate().unwrap_or(2.0);
        rows.sort_by(|a, b| {
            let rises = match (self.by, a.excess.zip(b.excess)) {
                (By::Volume, _) => a.row.total.cmp(&b.row.total),
                (By::Rate, _) => rate(a).total_cmp(&rate(b)),
                (By::Name, _) => a.row.value.cmp(&b.row.value),
                (By::Excess, Some((a, b))) => a.total_cmp(&b),
                (By::Failed | By::Excess, _) => a.row.failed.cmp(&b.row.failed),
            };
            let ordered = if self.falls { rises.reverse() } else { rises };
            ordered.then_with(|| a.row.value.cmp(&b.row.value))
        });
    }
}

/// What is asked of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The span.
    pub span: Span,
    /// The choice within which is counted.
    pub filter: Filter,
    /// IANA zone whose weeks are meant.
    pub zone: String,
    /// In which order.
    pub order: Order,
    /// A part of the value or of the name; empty for all.
    pub search: String,
}

/// Every merchant that had something in a span, with the actor's own authority.
///
/// # Errors
/// As those of [`crate::transactions::Transactions::analyse`].
pub async fn list(portal: &Portal, actor: &Actor, asked: Listed) -> Result<Vec<Standing>, Fault> {
    let Listed { span, filter, zone, order, search } = asked;
    let by = standing_for(portal, actor, "merchant", span, &zone).await?;
    let question = Question { span, filter, zone, sort: Sort::Failures, top: MOST, tables: Tables::Of(vec![by.clone()]) };
    let analysis = portal.transactions.analyse(actor, &question).await?;
    let names = portal.merchants.names(actor).await?;
    let usual = usual(&analysis.before);
    let wanted = search.trim().to_lowercase();
    let fits = |text: &str| text.to_lowercase().contains(&wanted);
    let mut rows: Vec<Standing> = analysis
        .rows(&by)
        .iter()
        .filter(|row| !row.value.is_empty())
        .map(|row| Standing {
            name: names.get(&row.value).cloned().unwrap_or_default(),
            excess: usual.map(|usual| excess(row, usual)),
            row: row.clone(),
        })
        .filter(|one| wanted.is_empty() || fits(&one.row.value) || fits(&one.name))
        .collect();
    order.sort(&mut rows);
    Ok(rows)
}

/// A page of the list. Its cursor names the last merchant of the page before, and how many came until it, should that be gone.
///
/// # Errors
/// [`Fault::Invalid`] names the field `after`.
pub fn page_of(rows: Vec<Standing>, request: &PageRequest) -> Result<Page<Standing>, Fault> {
    let begin = match request.position()? {
        None => 0,
        Some((count, merchant)) => {
            let last = rows.iter().position(|one| one.row.value == merchant);
            last.map_or_else(|| usize::try_from(count).unwrap_or(0), |last| last + 1)
        }
    };
    let end = begin.saturating_add(request.limit as usize);
    let more = rows.len() > end;
    let items: Vec<Standing> = rows.into_iter().skip(begin).take(request.limit as usize).collect();
    let next = items.last().filter(|_| more).map(|last| format!("{end}.{}", last.row.value));
    Ok(Page { items, next })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standing(value: &str, total: u64, failed: u64, excess: Option<f64>) -> Standing {
        let row = SliceRow {
            value: value.into(),
            total,
            failed,
            before_total: 0,
            before_failed: 0,
            p99: None,
            amount: None,
            before_amount: None,
        };
        Standing { row, name: String::new(), excess }
    }

    fn values(rows: &[Standing]) -> Vec<&str> {
        rows.iter().map(|one| one.row.value.as_str()).collect()
    }

    #[test]
    fn the_one_that_loses_most_comes_first() {
        let mut rows = vec![standing("a", 10, 9, Some(0.0)), standing("c", 30, 8, Some(7.0)), standing("b", 20, 8, Some(7.0))];
        for (order, wanted) in
            [("", "b c a"), ("excess", "a b c"), ("-volume", "c b a"), ("rate", "a b c"), ("-failed", "a b c"), ("-name", "c b a")]
        {
            Order::parse(order).unwrap().sort(&mut rows);
            assert_eq!(values(&rows).join(" "), wanted, "{order}");
        }
        assert_eq!(Order::parse("luck").unwrap_err().problems()[0].field, "sort");
        // Without a last week those that failed most.
        let mut rows = vec![standing("a", 10, 1, None), standing("b", 10, 2, None)];
        Order::parse("").unwrap().sort(&mut rows);
        assert_eq!(values(&rows), ["b", "a"]);
    }

    #[test]
    fn a_page_goes_on_behind_the_last_one() {
        let rows = |names: &[&str]| names.iter().map(|name| standing(name, 1, 0, None)).collect::<Vec<_>>();
        let page = |names: &[&str], after: Option<&str>| page_of(rows(names), &PageRequest { after: after.map(str::to_owned), limit: 2 });
        let first = page(&["a.x", "b.y", "c", "d"], None).unwrap();
        assert_eq!((values(&first.items), first.next.as_deref()), (vec!["a.x", "b.y"], Some("2.b.y")));
        let next = page(&["a.x", "b.y", "c", "d"], Some("2.b.y")).unwrap();
        assert_eq!((values(&next.items), next.next), (vec!["c", "d"], None));
        // One more has come before it, or it is gone.
        assert_eq!(values(&page(&["n", "a.x", "b.y", "c"], Some("2.b.y")).unwrap().items), ["c"]);
        assert_eq!(values(&page(&["a.x", "c", "d"], Some("2.b.y")).unwrap().items), ["d"]);
        assert_eq!(page(&["a"], Some("x")).unwrap_err().problems()[0].field, "after");
        assert_eq!(page(&["a"], Some("-3.b")).unwrap().items.len(), 1);
    }
}
