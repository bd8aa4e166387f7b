//! What leaves are told apart by: system, stream where a system has several, and the dimensions that the streams declare.

use std::collections::{BTreeMap, HashMap};

use domain::{
    slices::ABSENT,
    streams::{PLACES, Stream},
    transactions::cells::Key,
};
use foldhash::fast::FixedState;

use super::super::ask::Choice;

/// Columns of a leaf at most: system, stream, and dimensions.
const WIDTH: usize = 2 + PLACES;

/// A leaf by the numbers of its values, a column each; 0 in columns that there are not.
pub(super) type Leaf = [u32; WIDTH];

/// Where the number of a column comes from.
#[derive(Debug, Clone, Copy)]
enum Source {
    /// The same for all cells of the stream.
    Fixed(u32),
    /// The value in a place of the cell.
    Place(usize),
}

/// The columns of leaves, and how the cells of each stream fill them.
#[derive(Debug, Clone, Default)]
pub(super) struct Frame {
    /// What the columns are called, in order.
    pub(super) columns: Vec<String>,
    /// What declared dimensions are called, where they have a label.
    pub(super) labels: BTreeMap<String, String>,
    streams: HashMap<u32, [Source; WIDTH], FixedState>,
    /// Names of systems and streams by their numbers in the first columns, from 1.
    known: [Vec<String>; 2],
}

const SYSTEM: &str = "system";
const STREAM: &str = "stream";

/// The number of a name in a list, from 1.
fn number(names: &mut Vec<String>, name: &str) -> u32 {
    let at = names.iter().position(|known| known == name).unwrap_or_else(|| {
        names.push(name.to_owned());
        names.len() - 1
    });
    u32::try_from(at + 1).unwrap_or(ABSENT)
}

/// The dimensions that most of the streams declare, as many as there is room for, in the order in which they are declared.
fn dimensions(streams: &[&Stream]) -> Vec<String> {
    let mut counted: Vec<(&str, usize)> = Vec::new();
    for dimension in streams.iter().flat_map(|stream| stream.open_dimensions()) {
        match counted.iter_mut().find(|(key, _)| *key == dimension.key) {
            Some((_, count)) => *count += 1,
            None => counted.push((&dimension.key, 1)),
        }
    }
    let mut counts: Vec<usize> = counted.iter().map(|(_, count)| *count).collect();
    counts.sort_unstable_by(|a, b| b.cmp(a));
    let least = counts.get(PLACES - 1).copied().unwrap_or_default();
    // Of those that as many declare the first ones stay.
    let mut room = PLACES - counts.iter().filter(|count| **count > least).count().min(PLACES);
    let mut stays = |count: usize| {
        let is_last = count == least && room > 0;
        room -= usize::from(is_last);
        count > least || is_last
    };
    counted.into_iter().filter(|(_, count)| stays(*count)).map(|(key, _)| key.to_owned()).collect()
}

impl Frame {
    /// The frame of a choice among these streams.
    pub(super) fn new(choice: &Choice, streams: &[Stream]) -> Self {
        let part: Vec<&Stream> = choice.given.iter().filter_map(|at| streams.get(*at)).collect();
        let keys = dimensions(&part);
        let several = part.iter().enumerate().any(|(at, one)| part[..at].iter().any(|other| other.system.id == one.system.id));
        let mut frame = Self { columns: vec![SYSTEM.to_owned()], ..Self::default() };
        frame.columns.extend(several.then(|| STREAM.to_owned()));
        frame.columns.extend(keys.iter().cloned());
        for (of, stream) in choice.streams.iter().zip(&part) {
            let mut from = [Source::Fixed(0); WIDTH];
            from[0] = Source::Fixed(number(&mut frame.known[0], &stream.system.key));
            let first = if several {
                from[1] = Source::Fixed(number(&mut frame.known[1], &stream.full));
                2
            } else {
                1
            };
            for (column, key) in from[first..].iter_mut().zip(&keys) {
                let dimension = stream.open_dimensions().find(|dimension| dimension.key == *key);
                *column = dimension.map_or(Source::Fixed(ABSENT), |dimension| Source::Place(dimension.at()));
                if let Some(dimension) = dimension.filter(|dimension| !dimension.label.is_empty()) {
                    frame.labels.entry(key.clone()).or_insert_with(|| dimension.label.clone());
                }
            }
            frame.streams.insert(*of, from);
        }
        frame
    }

    /// The leaf of a cell.
    pub(super) fn leaf(&self, stream: u32, key: &Key) -> Leaf {
        let mut leaf = Leaf::default();
        if let Some(from) = self.streams.get(&stream) {
            for (number, from) in leaf.iter_mut().zip(from) {
                *number = match from {
                    Source::Fixed(fixed) => *fixed,
                    Source::Place(place) => key.dims[*place],
                };
            }
        }
        leaf
    }

    /// The name of a number of the columns of systems and streams; `None` of all others, whose numbers are the dictionary's.
    pub(super) fn name(&self, column: usize, number: u32) -> Option<&str> {
        let known = match self.columns.get(column)?.as_str() {
            SYSTEM => &self.known[0],
            STREAM => &self.known[1],
            _ => return None,
        };
        Some(known.get((number as usize).checked_sub(1)?).map_or("", String::as_str))
    }

    /// The column of a name.
    pub(super) fn place(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column == name)
    }
}

#[cfg(test)]
mod tests {
    use domain::{
        id::{StreamId, SystemId, TeamId},
        streams::{Dimension, Keeping, Mapping, full_name, usual},
        systems::Brief,
        transactions::Wanted,
    };

    use super::*;

    fn stream(system: &Brief, key: &str, dimensions: Vec<Dimension>) -> Stream {
        Stream {
            id: StreamId::of_system(&system.id),
            system: system.clone(),
            key: key.to_owned(),
            full: full_name(&system.key, key),
            name: String::new(),
            dimensions,
            success_codes: Vec::new(),
            currency: String::new(),
            mapping: Mapping::default(),
            keeping: Keeping::default(),
            declared: true,
            version: 1,
        }
    }

    fn dimension(key: &str, place: u8, label: &str) -> Dimension {
        let first = usual().remove(0);
        Dimension { key: key.to_owned(), place, label: label.to_owned(), ..first }
    }

    fn choice(count: u32) -> Choice {
        let given = (0..count as usize).collect();
        Choice { streams: (0..count).map(|at| 70 + at).collect(), given, wanted: Wanted::default(), tables: Vec::new() }
    }

    fn brief(key: &str) -> Brief {
        let id = SystemId::parse("01890a5d-ac96-774b-bcce-b302099a8057").unwrap();
        let team = TeamId::parse("01890a5d-ac96-774b-bcce-b302099a8058").unwrap();
        Brief { id, key: key.to_owned(), name: key.to_owned(), team, team_name: String::new(), tier: 1 }
    }

    #[test]
    fn each_stream_fills_the_columns_in_its_own_way() {
        let shop = brief("shop");
        let streams = [stream(&shop, "", usual()), stream(&shop, "web", vec![dimension("route", 3, "Route"), dimension("channel", 0, "")])];
        let frame = Frame::new(&choice(2), &streams);
        assert_eq!(frame.columns, ["system", "stream", "link", "merchant", "channel", "route"]);
        assert_eq!(frame.labels.iter().collect::<Vec<_>>(), [(&"route".to_owned(), &"Route".to_owned())]);
        let key = Key { dims: [10, 20, 30, 40, 0, 0, 0, 0], ..Key::default() };
        assert_eq!(frame.leaf(70, &key)[..6], [1, 1, 10, 20, 30, ABSENT]);
        assert_eq!(frame.leaf(71, &key)[..6], [1, 2, ABSENT, ABSENT, 10, 40]);
        assert_eq!((frame.name(0, 1), frame.name(1, 2), frame.name(2, 10)), (Some("shop"), Some("shop/web"), None));
        assert_eq!(Frame::new(&choice(1), &streams).columns, ["system", "link", "merchant", "channel"]);
    }

    #[test]
    fn what_most_declare_stays() {
        let shop = brief("shop");
        let first = stream(&shop, "a", (0..6).map(|at| dimension(&format!("a{at}"), at, "")).collect());
        let second = stream(
            &shop,
            "b",
            (0..6).map(|at| dimension(if at == 5 { "a5" } else { ["b0", "b1", "b2", "b3", "b4"][at as usize] }, at, "")).collect(),
        );
        assert_eq!(dimensions(&[&first, &second]), ["a0", "a1", "a2", "a3", "a4", "a5", "b0", "b1"]);
        assert_eq!(dimensions(&[&second, &first]), ["b0", "b1", "b2", "b3", "b4", "a5", "a0", "a1"]);
    }
}
