//! From numbers to what is told.

use std::collections::{BTreeSet, HashMap};

use domain::{
    Fault, Span,
    slices::{Choice, CodeShare, Culprit, Difference, Explanation, Looked, Rest, ValueShare, interval},
    transactions::{CODE, Filter, Money},
};
use sqlx::AnyConnection;

use super::{
    super::store,
    Within,
    frame::Frame,
    weigh::{Found, Weighed},
};

/// Codes of one slice that are told.
const CODES: usize = 20;
/// Values of one dimension that are told.
const VALUES: usize = 8;

struct Names<'a> {
    values: HashMap<u32, String>,
    frame: &'a Frame,
}

impl Names<'_> {
    /// A value of the dictionary.
    fn of(&self, number: u32) -> String {
        self.values.get(&number).cloned().unwrap_or_default()
    }

    /// A number of a column.
    fn within(&self, column: usize, number: u32) -> String {
        self.frame.name(column, number).map_or_else(|| self.of(number), str::to_owned)
    }
}

/// The values that differ most between now and before, by their shares, and how much the dimension does.
fn differing(numbers: &HashMap<u32, (f64, f64), foldhash::fast::FixedState>) -> (f64, Vec<(u32, f64, f64)>) {
    let (now, past) = numbers.values().fold((0.0, 0.0), |(now, past), (n, p)| (now + n, past + p));
    if now <= 0.0 {
        return (0.0, Vec::new());
    }
    let share = |part: f64, whole: f64| if whole > 0.0 { part / whole } else { 0.0 };
    let mut shares: Vec<(u32, f64, f64)> = numbers.iter().map(|(number, (n, p))| (*number, share(*n, now), share(*p, past))).collect();
    let difference = shares.iter().map(|(_, now, past)| (now - past).abs()).sum::<f64>() / 2.0;
    shares.sort_by(|a, b| (b.1 - b.2).abs().total_cmp(&(a.1 - a.2).abs()).then(a.0.cmp(&b.0)));
    shares.truncate(VALUES);
    (difference, shares)
}

/// Numbers of values, with their shares now and before.
type Shares = Vec<(u32, f64, f64)>;

/// Codes by what came too much with each; `scale` turns what was counted in the past into what was to be expected.
fn ranked(codes: &HashMap<u32, (f64, f64), foldhash::fast::FixedState>, scale: f64, excess: f64) -> Vec<(u32, f64, f64, f64)> {
    let mut ranked: Vec<(u32, f64, f64, f64)> = codes
        .iter()
        .map(|(code, (now, past))| (*code, *now, past * scale, ((now - past * scale) / excess.max(1e-9)).clamp(0.0, 1.0)))
        .collect();
    ranked.sort_by(|a, b| (b.1 - b.2).total_cmp(&(a.1 - a.2)).then(a.0.cmp(&b.0)));
    ranked.truncate(CODES);
    ranked
}

fn sum(codes: &HashMap<u32, (f64, f64), foldhash::fast::FixedState>) -> f64 {
    codes.values().map(|(_, past)| past).sum()
}

fn scale(codes: &HashMap<u32, (f64, f64), foldhash::fast::FixedState>, expected: f64) -> f64 {
    let past = sum(codes);
    if past > 0.0 { expected / past } else { 0.0 }
}

/// Puts what was weighed into words and figures.
pub(super) async fn told(
    conn: &mut AnyConnection,
    within: &Within<'_>,
    span: Span,
    frame: &Frame,
    mut weighed: Weighed,
) -> Result<Explanation, Fault> {
    let rate = within.looked.is_rate();
    weighed.culprits.sort_by(|a, b| b.cause.score.total_cmp(&a.cause.score));
    let all_codes = ranked(&weighed.codes, scale(&weighed.codes, weighed.expected), weighed.observed - weighed.expected);
    // Beside the columns stand the codes, of a rate.
    let last = frame.columns.len();
    let differences: Vec<(usize, f64, Shares)> = (0..last + usize::from(rate))
        .zip(&weighed.dimensions)
        .map(|(column, numbers)| {
            let (difference, values) = differing(numbers);
            (column, difference, values)
        })
        .collect();
    let of_dictionary = |column: usize, number: u32| frame.name(column, number).is_none().then_some(number);
    let mut numbers: BTreeSet<u32> = all_codes.iter().map(|(code, ..)| *code).collect();
    for (column, _, values) in &differences {
        numbers.extend(values.iter().filter_map(|(number, ..)| of_dictionary(*column, *number)));
    }
    for found in &weighed.culprits {
        numbers.extend(found.slice.iter().filter_map(|(column, number)| of_dictionary(*column, *number)));
        numbers.extend(found.codes.keys());
        numbers.extend(found.money.keys());
    }
    numbers.insert(weighed.currency);
    numbers.retain(|number| *number != 0 && *number != domain::slices::FOLDED);
    let names = Names { values: store::names_of(conn, &numbers.into_iter().collect::<Vec<_>>()).await?, frame };
    let mut dimensions: Vec<Difference> = differences
        .into_iter()
        .filter(|(_, _, values)| values.len() > 1)
        .map(|(column, difference, values)| Difference {
            dimension: frame.columns.get(column).map_or(CODE, String::as_str).to_owned(),
            difference,
            values: values
                .into_iter()
                .map(|(number, now, before)| ValueShare { value: names.within(column, number), now, before })
                .collect(),
        })
        .collect();
    dimensions.sort_by(|a, b| b.difference.total_cmp(&a.difference));
    Ok(Explanation {
        looked: within.looked,
        span,
        filter: within.filter.clone(),
        excused: within.excused.to_vec(),
        verdict: weighed.verdict,
        baseline: weighed.baseline,
        total: weighed.total,
        observed: weighed.observed,
        expected: weighed.expected,
        currency: if within.looked == Looked::Amount { names.of(weighed.currency) } else { String::new() },
        culprits: weighed.culprits.into_iter().map(|found| culprit(&names, within, found)).collect(),
        rest: weighed.rest.map(|(total, observed, expected)| Rest { total, observed, expected }),
        codes: shares(&names, all_codes),
        dimensions,
        labels: frame.labels.clone(),
        leaves: weighed.leaves as u64,
        folded: weighed.folded,
        damaged: weighed.damaged,
        computed_at: within.now,
    })
}

fn shares(names: &Names<'_>, ranked: Vec<(u32, f64, f64, f64)>) -> Vec<CodeShare> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count of failures")]
    let share =
        |(code, now, expected, share): (u32, f64, f64, f64)| CodeShare { code: names.of(code), failed: now as u64, expected, share };
    ranked.into_iter().map(share).collect()
}

/// A slice is named whole: what was looked at alone is part of it.
fn whole(frame: &Frame, filter: &Filter, mut slice: Vec<Choice>) -> Vec<Choice> {
    for (dimension, value) in filter.singled() {
        if !slice.iter().any(|choice| choice.dimension == dimension) {
            slice.push(Choice { dimension: dimension.to_owned(), value: value.to_owned() });
        }
    }
    slice.sort_by_key(|choice| frame.place(&choice.dimension));
    slice
}

fn culprit(names: &Names<'_>, within: &Within<'_>, found: Found) -> Culprit {
    let rate = within.looked.is_rate();
    let Found { slice, cause, total, codes, money, since } = found;
    let (observed, expected) = (cause.observed, cause.expected);
    let ranked = ranked(&codes, scale(&codes, expected), observed - expected);
    // Of what failed, the part that is too much; of a measure, what is missing.
    let part = if observed > 0.0 { ((observed - expected) / observed).clamp(0.0, 1.0) } else { 0.0 };
    #[expect(clippy::cast_possible_truncation, reason = "amounts in minor units")]
    let mut money: Vec<Money> = money
        .into_iter()
        .map(|(currency, (now, past))| Money {
            currency: names.of(currency),
            amount: now.round() as i64,
            failed_amount: if rate { now * part } else { (past - now).max(0.0) }.round() as i64,
        })
        .filter(|money| money.failed_amount > 0)
        .collect();
    money.sort_by(|a, b| b.failed_amount.cmp(&a.failed_amount).then_with(|| a.currency.cmp(&b.currency)));
    let (low, high) = interval(total - observed, total).filter(|_| rate).unzip();
    let choice = |(column, number): (usize, u32)| Choice {
        dimension: names.frame.columns.get(column).cloned().unwrap_or_default(),
        value: names.within(column, number),
    };
    Culprit {
        slice: whole(names.frame, within.filter, slice.into_iter().map(choice).collect()),
        codes: shares(names, ranked),
        total,
        observed,
        expected,
        share: cause.share_of_excess.clamp(0.0, 1.0),
        low,
        high,
        since,
        money,
    }
}
