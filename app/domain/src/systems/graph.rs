//! What needs what must stay free of cycles, and a refusal shows the cycle.

use std::collections::BTreeMap;

/// Each key with the keys that it needs.
pub type Edges = BTreeMap<String, Vec<String>>;

/// A cycle, if there is one: its keys in order with the first repeated at the end, beginning with the smallest,
/// e.g. `gateway, ledger, gateway`. The same edges always give the same cycle.
pub fn cycle(edges: &Edges) -> Option<Vec<String>> {
    #[derive(Clone, Copy, PartialEq)]
    enum Mark {
        OnPath,
        Done,
    }
    let mut marks: BTreeMap<&str, Mark> = BTreeMap::new();
    for root in edges.keys() {
        // Depth first with a path of our own: (key, how many of its needs were followed).
        let mut path: Vec<(&str, usize)> = Vec::new();
        if !marks.contains_key(root.as_str()) {
            marks.insert(root, Mark::OnPath);
            path.push((root, 0));
        }
        while let Some((key, followed)) = path.last_mut() {
            let next = edges.get(*key).and_then(|needs| needs.get(*followed));
            *followed += 1;
            match next.map(|next| (next.as_str(), marks.get(next.as_str()))) {
                None => {
                    marks.insert(key, Mark::Done);
                    path.pop();
                }
                Some((next, None)) => {
                    marks.insert(next, Mark::OnPath);
                    path.push((next, 0));
                }
                Some((next, Some(Mark::OnPath))) => {
                    let found = path.iter().map(|(k, _)| *k).skip_while(|k| *k != next).map(str::to_owned).collect();
                    return Some(from_smallest(found));
                }
                Some((_, Some(Mark::Done))) => {}
            }
        }
    }
    None
}

fn from_smallest(mut ring: Vec<String>) -> Vec<String> {
    if let Some((smallest, _)) = ring.iter().enumerate().min_by_key(|(_, key)| *key) {
        ring.rotate_left(smallest);
    }
    ring.extend(ring.first().cloned());
    ring
}

/// `gateway → ledger → gateway`.
pub fn arrows(keys: &[String]) -> String {
    keys.join(" → ")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn edges(pairs: &[(&str, &str)]) -> Edges {
        let mut edges = Edges::new();
        for (a, b) in pairs {
            edges.entry((*a).to_owned()).or_default().push((*b).to_owned());
        }
        edges
    }

    #[test]
    fn the_cycle_itself_is_shown() {
        assert_eq!(cycle(&edges(&[("gateway", "risk"), ("gateway", "ledger"), ("ledger", "bank")])), None);
        let found = cycle(&edges(&[("web", "ledger"), ("ledger", "gateway"), ("gateway", "risk"), ("gateway", "ledger")])).unwrap();
        assert_eq!(arrows(&found), "gateway → ledger → gateway");
        assert_eq!(arrows(&cycle(&edges(&[("a", "a")])).unwrap()), "a → a");
    }

    #[test]
    fn a_diamond_is_no_cycle() {
        assert_eq!(cycle(&edges(&[("a", "b"), ("a", "c"), ("b", "d"), ("c", "d")])), None);
    }

    proptest! {
        /// Edges that only go up cannot close a ring; one that goes back down over them does.
        #[test]
        fn order_decides(pairs in proptest::collection::vec((0_u8..20, 0_u8..20), 0..60)) {
            let name = |n: u8| format!("s{n:02}");
            let mut up = Edges::new();
            for (a, b) in pairs.iter().filter(|(a, b)| a < b) {
                up.entry(name(*a)).or_default().push(name(*b));
            }
            prop_assert_eq!(cycle(&up), None);
            if let Some((a, needs)) = up.clone().iter().next() {
                up.entry(needs[0].clone()).or_default().push(a.clone());
                let ring = cycle(&up).unwrap();
                prop_assert_eq!(ring.first(), ring.last());
                for pair in ring.windows(2) {
                    prop_assert!(up[&pair[0]].contains(&pair[1]));
                }
            }
        }
    }
}
