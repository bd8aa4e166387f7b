//! When each request is due.

/// A stretch in which the rate goes evenly from one value to another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stage {
    /// Requests a second at its begin.
    pub from: f64,
    /// Requests a second at its end.
    pub to: f64,
    /// Its length in seconds.
    pub seconds: f64,
}

impl Stage {
    fn requests(self) -> f64 {
        f64::midpoint(self.from, self.to) * self.seconds
    }

    /// Seconds into the stage when so many requests have become due.
    fn at(self, n: f64) -> f64 {
        if n <= 0.0 {
            return 0.0;
        }
        let bend = (self.to - self.from) / (2.0 * self.seconds);
        if bend.abs() < 1e-12 {
            return n / self.from;
        }
        // The root that is right for a falling rate too, and does not cancel for a small bend.
        2.0 * n / (self.from + (self.from * self.from + 4.0 * bend * n).max(0.0).sqrt())
    }
}

/// Moments at which requests are due, in seconds from the start: an iterator.
#[derive(Debug, Clone)]
pub struct Schedule {
    stages: Vec<Stage>,
    stage: usize,
    /// Where the stage begins: in time, and in requests.
    begin: (f64, f64),
    next: f64,
}

impl Schedule {
    /// One stage after another.
    pub fn new(stages: Vec<Stage>) -> Self {
        Self { stages, stage: 0, begin: (0.0, 0.0), next: 0.0 }
    }

    /// Requests in all, about.
    pub fn requests(&self) -> f64 {
        self.stages.iter().map(|stage| stage.requests()).sum()
    }

    /// The highest rate that is reached, in requests a second.
    pub fn peak(&self) -> f64 {
        self.stages.iter().map(|stage| stage.from.max(stage.to)).fold(0.0, f64::max)
    }

    /// Seconds in all.
    pub fn seconds(&self) -> f64 {
        self.stages.iter().map(|stage| stage.seconds).sum()
    }
}

impl Iterator for Schedule {
    type Item = f64;

    fn next(&mut self) -> Option<f64> {
        loop {
            let stage = *self.stages.get(self.stage)?;
            let within = self.next - self.begin.1;
            if within < stage.requests() - 1e-9 {
                self.next += 1.0;
                return Some(self.begin.0 + stage.at(within));
            }
            self.begin = (self.begin.0 + stage.seconds, self.begin.1 + stage.requests());
            self.stage += 1;
        }
    }
}
