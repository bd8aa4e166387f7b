//! What a rule looks at, as it was typed.

use super::{
    Fold, Input, InputKind, Measure,
    input::{CHOICES, one_of},
};
use crate::{
    Wording,
    form::{Check, Typed},
    id::SourceId,
    monitors::parse_seconds,
    people::parse_zone,
    sources::{Query, Selector},
    streams::{key_of_dimension, parse_currency},
    transactions::Filter,
};

/// Reads the fields of its kind.
pub(super) fn read_input(check: &mut Check<'_>, typed: &Typed, kind: InputKind) -> Option<Input> {
    let source = |check: &mut Check<'_>| check.field("source", |text| SourceId::parse(text).ok_or_else(|| Wording::new("expect-id")));
    let over = |check: &mut Check<'_>| check.optional("over", |text| parse_seconds(text, 60, 7 * 86_400)).map(|over| over.unwrap_or(300));
    Some(match kind {
        InputKind::Query => {
            let (source, expr) = (source(check), check.field("expr", Query::parse_expr));
            Input::Query { source: source?, expr: expr? }
        }
        InputKind::Kept => {
            let source = source(check);
            let selector = check.field("selector", |text| Selector::parse(text).map(|selector| selector.as_str().to_owned()));
            let fold = check.optional("fold", |text| Fold::parse(text).ok_or_else(|| one_of(Fold::ALL.iter().map(|f| f.name()))));
            let over = over(check);
            Input::Kept { source: source?, selector: selector?, over_s: over?, fold: fold?.unwrap_or(Fold::Mean) }
        }
        InputKind::Transactions | InputKind::Unusual => {
            let measure = check.field("measure", |text| Measure::parse(text).ok_or_else(|| one_of(Measure::ALL.iter().map(|m| m.name()))));
            let over = over(check).map(|over| over.div_ceil(60) * 60);
            let filter = match Filter::of_fields(typed, &CHOICES) {
                Ok(filter) => Some(filter),
                Err(fault) => {
                    for problem in fault.problems() {
                        check.problem(&problem.field, problem.expected.clone());
                    }
                    None
                }
            };
            let (measure, filter) = (measure?, filter?);
            if measure == Measure::Code && filter.code.is_empty() {
                check.problem("code", Wording::new("expect-something"));
            }
            if measure != Measure::Code && !filter.code.is_empty() {
                check.problem("code", Wording::new("rules-expect-no-code"));
            }
            if measure == Measure::P99 && !filter.chosen("merchant").is_empty() {
                check.problem("merchant", Wording::new("rules-expect-no-merchant"));
            }
            let over_s = over?;
            if kind == InputKind::Transactions {
                let currency = if measure == Measure::Amount {
                    let wrong = || Wording::new("expect-transaction-currency");
                    check.field("currency", |text| parse_currency(text).ok().filter(|currency| !currency.is_empty()).ok_or_else(wrong))?
                } else {
                    check.optional("currency", |_| Err::<String, _>(Wording::new("rules-expect-no-currency")))?.unwrap_or_default()
                };
                return Some(Input::Transactions { measure, filter, over_s, currency });
            }
            if measure == Measure::Amount {
                check.problem("measure", one_of(Measure::ALL.iter().filter(|m| **m != Measure::Amount).map(|m| m.name())));
            }
            if over_s > 3_600 {
                check.problem("over", Wording::new("rules-expect-window-of-an-hour"));
            }
            let by = check.optional("by", key_of_dimension)?.unwrap_or_default();
            if !by.is_empty() && matches!(measure, Measure::P99 | Measure::Code) {
                check.problem("by", Wording::new("rules-expect-no-by"));
            }
            let zone = check.optional("zone", parse_zone)?.unwrap_or_default();
            Input::Unusual { measure, filter, over_s, by, zone }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::super::Draft;
    use super::*;

    const ID: &str = "00000000-0000-7000-8000-000000000001";

    fn parsed(pairs: &[(&str, &str)]) -> Result<Draft, String> {
        let mut typed = Typed::default();
        let common = [("name", "r"), ("system", ID), ("compare", "below"), ("fire", "-50")];
        common.iter().chain(pairs).for_each(|(name, value)| typed.set(*name, *value));
        Draft::parse(&typed).map_err(|fault| fault.problems().iter().map(|p| p.field.clone()).collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn an_amount_is_of_one_currency() {
        let draft = parsed(&[("kind", "transactions"), ("measure", "amount"), ("currency", "cny"), ("weeks", "4")]).unwrap();
        let Input::Transactions { measure, currency, .. } = &draft.input else { panic!() };
        assert_eq!((*measure, currency.as_str(), draft.input.unit(None)), (Measure::Amount, "CNY", "CNY"));
        assert_eq!(draft.input.what(), "amount CNY[5 min]");
        let wrong = |pairs: &[(&str, &str)]| parsed(pairs).unwrap_err();
        assert_eq!(wrong(&[("kind", "transactions"), ("measure", "amount")]), "currency");
        assert_eq!(wrong(&[("kind", "transactions"), ("measure", "amount"), ("currency", "RMBX")]), "currency");
        assert_eq!(wrong(&[("kind", "transactions"), ("measure", "volume"), ("currency", "CNY")]), "currency");
        assert_eq!(wrong(&[("kind", "unusual"), ("measure", "amount"), ("fire", "6"), ("compare", "above")]), "measure");
    }
}
