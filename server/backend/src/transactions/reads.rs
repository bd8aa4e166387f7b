//! Which segments answer a question, decoded cell by cell.

use std::{collections::HashSet, sync::Arc};

use domain::{
    Fault, Timestamp,
    time::MINUTE,
    transactions::{
        Cube, MIXED, Piece, Tally, Wanted,
        cells::{self, Sums},
    },
};
use sqlx::AnyConnection;
use tokio::task::JoinHandle;

use super::store::{self, SegmentRow};

/// Segments of one piece, to be decoded off the async threads.
pub(super) struct Read {
    cube: Cube,
    piece: Piece,
    segments: Vec<SegmentRow>,
    /// The streams that were asked for; `None` for all. Mixed segments hold others, too.
    streams: Option<Arc<HashSet<u32>>>,
}

/// The segments of a cube over these pieces: those of the streams, or of all.
pub(super) async fn read(conn: &mut AnyConnection, cube: Cube, pieces: &[Piece], streams: Option<&[u32]>) -> Result<Vec<Read>, Fault> {
    let mut reads = Vec::new();
    let chosen = streams.map(|streams| Arc::new(streams.iter().copied().collect()));
    for piece in pieces {
        let from = Timestamp(piece.from).floor(piece.grain.slot()).0;
        let segments = store::segments(conn, (cube, piece.grain), streams, (from, piece.to)).await?;
        reads.push(Read { cube, piece: *piece, segments, streams: chosen.clone() });
    }
    Ok(reads)
}

/// Those of the smallest cube that counts transactions under a choice, for [`Tally::add_main`]. What was counted before there
/// were totals comes from the links, which hold the same and more.
pub(super) async fn read_main(
    conn: &mut AnyConnection,
    wanted: &Wanted,
    pieces: &[Piece],
    streams: Option<&[u32]>,
) -> Result<Vec<Read>, Fault> {
    let cube = wanted.main_cube();
    if cube != Cube::Totals {
        return read(conn, cube, pieces, streams).await;
    }
    let since = store::totals_since(conn).await?;
    let (before, after): (Vec<_>, Vec<_>) = pieces.iter().map(|piece| piece.cut(since)).unzip();
    let flat = |pieces: Vec<Option<Piece>>| pieces.into_iter().flatten().collect::<Vec<_>>();
    let mut reads = read(conn, Cube::Links, &flat(before), streams).await?;
    reads.extend(read(conn, Cube::Totals, &flat(after), streams).await?);
    Ok(reads)
}

impl Read {
    /// Whether it is of this cube.
    pub(super) fn is_of(&self, cube: Cube) -> bool {
        self.cube == cube
    }

    /// Gives every cell without latency, as [`Self::cells`] does; how many segments do not read, of which what stands before the
    /// damage is given.
    pub(super) fn each(&self, mut each: impl FnMut(u32, i64, &cells::Key, &Sums)) -> u64 {
        let mut broken = |segment: &&SegmentRow| {
            segment.is_damaged()
                || self.cells_of(segment, &|_, _| true, &mut |stream, at, key, sums, _| each(stream, at, key, sums)).is_err()
        };
        self.segments.iter().filter(|segment| broken(segment)).count() as u64
    }

    /// Gives every cell within the piece that is taken: its stream, a moment inside it, itself. Stops at a segment that does not
    /// read, and says which.
    fn cells(
        &self,
        takes: impl Fn(u32, &cells::Key) -> bool,
        mut each: impl FnMut(u32, i64, &cells::Key, &Sums, &[(u16, u32)]),
    ) -> Result<(), usize> {
        for (place, segment) in self.segments.iter().enumerate() {
            self.cells_of(segment, &takes, &mut each).map_err(|_| place)?;
        }
        Ok(())
    }

    fn cells_of(
        &self,
        segment: &SegmentRow,
        takes: &impl Fn(u32, &cells::Key) -> bool,
        each: &mut impl FnMut(u32, i64, &cells::Key, &Sums, &[(u16, u32)]),
    ) -> Result<(), cells::Damaged> {
        let whole = u32::try_from(segment.system).unwrap_or(MIXED);
        let place = |key: &cells::Key| {
            let stream = if whole == MIXED { key.stream } else { whole };
            (stream, segment.slot + i64::from(key.minute) * MINUTE)
        };
        let chosen = |key: &cells::Key| {
            let (stream, start) = place(key);
            // What is one stream's was chosen when it was read.
            let asked = whole != MIXED || self.streams.as_ref().is_none_or(|streams| streams.contains(&stream));
            asked && (self.piece.from..self.piece.to).contains(&start) && takes(stream, key)
        };
        cells::decode_some(&segment.body, chosen, |key, sums, bins| {
            let (stream, start) = place(key);
            each(stream, start + self.piece.grain.width() / 2, key, sums, bins);
        })
    }
}

/// What a tally is made of.
#[derive(Default)]
pub(super) struct Reading {
    /// Cells of [`read_main`].
    pub(super) main: Vec<Read>,
    /// Those of the tables, each for the narrow dimensions, the wide ones (`true`), or both.
    pub(super) slices: Vec<(Vec<bool>, Vec<Read>)>,
    /// Those of the failures.
    pub(super) failures: Vec<Read>,
}

impl Reading {
    /// Adds everything up, off the async threads.
    pub(super) fn count(self, fresh: Tally) -> JoinHandle<Tally> {
        tokio::task::spawn_blocking(move || {
            let mut tally = add_up(self.main, fresh, Tally::add_main);
            for (kinds, reads) in self.slices {
                tally = add_up(reads, tally, |tally, stream, _, key, sums, bins| {
                    kinds.iter().for_each(|wide| tally.add_slices(*wide, stream, key, sums, bins));
                });
            }
            add_up(self.failures, tally, |tally, stream, at, key, sums, _| tally.add_failure(stream, at, key, sums))
        })
    }

    /// The same, awaited.
    pub(super) async fn counted(self, fresh: Tally) -> Result<Tally, Fault> {
        self.count(fresh).await.map_err(|_| Fault::Internal)
    }
}

/// Adds up what was read and the tally takes. What does not read is left out whole, and counted: the page says that something is missing.
fn add_up(mut reads: Vec<Read>, mut fresh: Tally, add: impl Fn(&mut Tally, u32, i64, &cells::Key, &Sums, &[(u16, u32)])) -> Tally {
    for read in &mut reads {
        let before = read.segments.len();
        read.segments.retain(|segment| !segment.is_damaged());
        fresh.damaged += (before - read.segments.len()) as u64;
    }
    let wanted = fresh.wanted().clone();
    loop {
        let mut tally = fresh.clone();
        let bad = reads.iter().enumerate().find_map(|(at, read)| {
            let outcome = read
                .cells(|stream, key| wanted.takes(stream, key), |stream, at, key, sums, bins| add(&mut tally, stream, at, key, sums, bins));
            outcome.err().map(|place| (at, place))
        });
        let Some((at, place)) = bad else { return tally };
        let segment = reads[at].segments.swap_remove(place);
        tracing::error!(slot = segment.slot, system = segment.system, "transactions: a stored segment does not read");
        fresh.damaged += 1;
    }
}
