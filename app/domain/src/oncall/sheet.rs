//! The layers of a schedule as text, as they stand in a form that is not finished: with this, layers are added, removed and
//! moved by submit buttons, and nothing that was typed is lost.

use serde::Deserialize;

use super::{Layer, OnHolidays, Rotation};
use crate::{
    Problem, Wording,
    form::{Typed, rearrange},
};

/// Layers that are looked for in a form; more than a plan may have, so that too many are told.
const LOOKED_FOR: usize = 20;
/// Spans of hours in one layer.
const MOST_HOURS: usize = 6;

/// When a layer to begin with hands off: `09:00`.
pub const FIRST_HANDOFF: jiff::civil::Time = jiff::civil::time(9, 0, 0, 0);

/// All layers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sheet {
    /// In order.
    pub layers: Vec<LayerSheet>,
}

/// One layer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "the text of the fields of `Layer`")]
pub struct LayerSheet {
    pub name: String,
    pub rotation: String,
    pub every: String,
    pub handoff: String,
    pub start: String,
    pub people: Vec<String>,
    pub hours: Vec<HoursSheet>,
    pub holidays: String,
}

/// Hours of one layer.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the text of the fields of `Hours`")]
pub struct HoursSheet {
    pub days: Vec<String>,
    pub from: String,
    pub to: String,
}

/// One layer as JSON gives it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    name: String,
    rotation: String,
    #[serde(default = "one")]
    every: i64,
    handoff: String,
    start: String,
    people: Vec<String>,
    #[serde(default)]
    hours: Vec<HoursSheet>,
    #[serde(default)]
    holidays: String,
}

fn one() -> i64 {
    1
}

impl LayerSheet {
    /// A layer to begin with.
    pub fn blank(start: &str) -> Self {
        Self {
            rotation: Rotation::Weekly.name().into(),
            every: "1".into(),
            handoff: FIRST_HANDOFF.strftime("%H:%M").to_string(),
            start: start.into(),
            holidays: OnHolidays::Same.name().into(),
            ..Self::default()
        }
    }

    pub(super) fn of(layer: &Layer) -> Self {
        let minutes = |time: jiff::civil::Time| time.strftime("%H:%M").to_string();
        Self {
            name: layer.name.clone(),
            rotation: layer.rotation.to_string(),
            every: layer.every.to_string(),
            handoff: minutes(layer.handoff),
            start: layer.start.to_string(),
            people: layer.people.iter().map(ToString::to_string).collect(),
            hours: layer
                .hours
                .iter()
                .map(|h| HoursSheet { days: h.days.iter().map(ToString::to_string).collect(), from: minutes(h.from), to: minutes(h.to) })
                .collect(),
            holidays: layer.holidays.to_string(),
        }
    }
}

impl Sheet {
    /// Whether a field belongs to a layer.
    pub fn is_part(name: &str) -> bool {
        let parts = ["name", "rotation", "every", "handoff", "start", "people", "holidays"];
        let place = |text: &str, most: usize| text.parse().is_ok_and(|n: usize| n < most);
        let Some((i, rest)) = name.strip_prefix("layers[").and_then(|rest| rest.split_once("].")) else { return name == "layers" };
        let hours = |rest: &str| {
            rest.strip_prefix("hours[")
                .and_then(|r| r.split_once("]."))
                .is_some_and(|(k, part)| place(k, MOST_HOURS) && matches!(part, "days" | "from" | "to"))
        };
        place(i, LOOKED_FOR) && (parts.contains(&rest) || hours(rest))
    }

    /// Reads JSON objects in `layers`, then fields `layers[i].…`. Hours of which nothing was typed are not there.
    pub fn read(typed: &Typed) -> Result<Self, Vec<Problem>> {
        let (mut layers, mut wrong) = (Vec::new(), Vec::new());
        for (i, json) in typed.all("layers").iter().enumerate() {
            match serde_json::from_str::<Given>(json) {
                Ok(given) => layers.push(LayerSheet {
                    name: given.name,
                    rotation: given.rotation,
                    every: given.every.to_string(),
                    handoff: given.handoff,
                    start: given.start,
                    people: given.people,
                    hours: given.hours,
                    holidays: if given.holidays.is_empty() { OnHolidays::Same.name().into() } else { given.holidays },
                }),
                Err(_) => wrong.push(Problem::new(format!("layers[{i}]"), json, Wording::new("oncall-expect-layer"))),
            }
        }
        for i in 0..LOOKED_FOR {
            let prefix = format!("layers[{i}].");
            if !typed.names().any(|name| name.starts_with(&prefix)) {
                continue;
            }
            let part = |part: &str| typed.get(&format!("{prefix}{part}")).to_owned();
            let all = |part: &str| {
                typed.all(&format!("{prefix}{part}")).iter().filter(|text| !text.trim().is_empty()).cloned().collect::<Vec<_>>()
            };
            let hours = (0..MOST_HOURS)
                .map(|k| HoursSheet {
                    days: all(&format!("hours[{k}].days")),
                    from: part(&format!("hours[{k}].from")),
                    to: part(&format!("hours[{k}].to")),
                })
                .filter(|hours| *hours != HoursSheet::default())
                .collect();
            layers.push(LayerSheet {
                name: part("name"),
                rotation: part("rotation"),
                every: part("every"),
                handoff: part("handoff"),
                start: part("start"),
                people: all("people"),
                hours,
                holidays: part("holidays"),
            });
        }
        if wrong.is_empty() { Ok(Self { layers }) } else { Err(wrong) }
    }

    /// Writes them as fields.
    pub fn write(&self, typed: &mut Typed) {
        for (i, layer) in self.layers.iter().enumerate() {
            let prefix = format!("layers[{i}].");
            for (part, text) in [
                ("name", &layer.name),
                ("rotation", &layer.rotation),
                ("every", &layer.every),
                ("handoff", &layer.handoff),
                ("start", &layer.start),
                ("holidays", &layer.holidays),
            ] {
                typed.set(format!("{prefix}{part}"), text);
            }
            for person in &layer.people {
                typed.add(format!("{prefix}people"), person);
            }
            for (k, hours) in layer.hours.iter().enumerate() {
                typed.set(format!("{prefix}hours[{k}].from"), &hours.from);
                typed.set(format!("{prefix}hours[{k}].to"), &hours.to);
                for day in &hours.days {
                    typed.add(format!("{prefix}hours[{k}].days"), day);
                }
            }
        }
    }

    /// Does what a button of the form says: `add`, `remove-1`, `up-1`. `None` where it says something else.
    pub fn act(mut self, act: &str, start: &str) -> Option<Self> {
        if act == "add" {
            self.layers.push(LayerSheet::blank(start));
            return Some(self);
        }
        rearrange(&mut self.layers, act).then_some(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Fault, oncall::Plan};

    const LENA: &str = "00000000-0000-7000-8000-000000000001";

    fn typed(pairs: &[(&str, &str)]) -> Typed {
        Typed::from_pairs(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
    }

    fn good() -> Typed {
        typed(&[
            ("name", "Payments primary"),
            ("team", "00000000-0000-7000-8000-000000000000"),
            ("zone", "Asia/Shanghai"),
            ("holidays", "2025-10-01 国庆节\n2025-01-01"),
            ("layers[0].name", "Weeks"),
            ("layers[0].rotation", "weekly"),
            ("layers[0].every", "1"),
            ("layers[0].handoff", "09:00"),
            ("layers[0].start", "2025-03-03"),
            ("layers[0].people", LENA),
            ("layers[0].people", ""),
            ("layers[0].holidays", "off"),
            ("layers[0].hours[0].from", "18:00"),
            ("layers[0].hours[0].to", "09:00"),
            ("layers[0].hours[0].days", "mon"),
            ("layers[0].hours[0].days", "fri"),
            ("layers[0].hours[1].from", ""),
            ("layers[0].hours[1].to", ""),
        ])
    }

    #[test]
    fn a_form_and_json_say_the_same() {
        let plan = Plan::parse(&good()).unwrap();
        assert_eq!((plan.layers[0].hours.len(), plan.layers[0].people.len(), plan.holidays.len()), (1, 1, 2));
        assert_eq!(plan.holidays[0].date.to_string(), "2025-01-01", "sorted");
        assert_eq!(Plan::parse(&plan.to_typed()).unwrap(), plan);
        let json = serde_json::json!({
            "name": "Payments primary", "team": plan.team, "zone": "Asia/Shanghai", "holidays": ["2025-10-01 国庆节", "2025-01-01"],
            "layers": [{ "name": "Weeks", "rotation": "weekly", "handoff": "09:00", "start": "2025-03-03", "people": [LENA], "holidays": "off",
                         "hours": [{ "days": ["fri", "mon"], "from": "18:00", "to": "09:00" }] }],
        });
        assert_eq!(Plan::parse(&serde_json::from_value(json).unwrap()).unwrap(), plan);
        let stored = serde_json::to_string(&plan).unwrap();
        assert_eq!(serde_json::from_str::<Plan>(&stored).unwrap(), plan);
    }

    #[test]
    fn every_problem_names_its_field() {
        let mut wrong = good();
        for (field, value) in [
            ("name", ""),
            ("holidays", "1 May"),
            ("layers[0].every", "0"),
            ("layers[0].handoff", "9 o'clock"),
            ("layers[0].start", "soon"),
            ("layers[0].people", "lena"),
            ("layers[0].hours[0].days", "someday"),
            ("layers[0].hours[1].to", "08:00"),
            ("layers[0].colour", "red"),
        ] {
            wrong.set(field, value);
        }
        let Err(Fault::Invalid(problems)) = Plan::parse(&wrong) else { panic!("taken") };
        let mut fields: Vec<_> = problems.iter().map(|p| p.field.as_str()).collect();
        fields.sort_unstable();
        fields.dedup();
        assert_eq!(
            fields,
            [
                "holidays",
                "layers[0].colour",
                "layers[0].every",
                "layers[0].handoff",
                "layers[0].hours[0].days",
                "layers[0].hours[1].days",
                "layers[0].hours[1].from",
                "layers[0].people",
                "layers[0].start",
                "name",
            ]
        );
        let none = typed(&[("name", "x"), ("team", "00000000-0000-7000-8000-000000000000"), ("zone", "UTC")]);
        assert_eq!(Plan::parse(&none).unwrap_err().problems()[0].field, "layers");
    }

    #[test]
    fn buttons_add_remove_and_move_layers() {
        let sheet = Sheet::read(&good()).unwrap().act("add", "2025-03-17").unwrap();
        assert_eq!((sheet.layers.len(), sheet.layers[1].start.as_str()), (2, "2025-03-17"));
        let moved = sheet.clone().act("up-1", "").unwrap();
        assert_eq!(moved.layers[1].name, "Weeks");
        let left = moved.act("remove-0", "").unwrap();
        assert_eq!(left.layers[0].name, "Weeks");
        assert!(["save", "remove-7", "up-0", "remove-x"].iter().all(|act| left.clone().act(act, "").is_none()));
    }
}
