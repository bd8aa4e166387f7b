//! Least squares with a penalty on size: small systems, solved by Cholesky's decomposition.

/// Sums of products of features and targets.
pub(super) struct Normal {
    width: usize,
    gram: Vec<f64>,
    moment: Vec<f64>,
    rows: f64,
}

impl Normal {
    pub(super) fn new(width: usize) -> Self {
        Self { width, gram: vec![0.0; width * width], moment: vec![0.0; width], rows: 0.0 }
    }

    /// Takes one row in.
    pub(super) fn add(&mut self, row: &[f64], target: f64, weight: f64) {
        for (i, &one) in row.iter().enumerate() {
            let one = one * weight;
            self.moment[i] += one * target;
            for (sum, &other) in self.gram[i * self.width..=i * self.width + i].iter_mut().zip(row) {
                *sum += one * other;
            }
        }
        self.rows += weight;
    }

    /// The coefficients, with a penalty of `ridge` times the mean square of each feature but those `free`; `None` where there is too little.
    pub(super) fn solve(&self, ridge: f64, free: usize) -> Option<Vec<f64>> {
        let width = self.width;
        if self.rows < width as f64 {
            return None;
        }
        let trace = (0..width).map(|i| self.gram[i * width + i]).sum::<f64>() / width as f64;
        let mut lower = vec![0.0; width * width];
        for i in 0..width {
            for j in 0..=i {
                let mut sum = self.gram[i * width + j];
                if i == j {
                    sum += if i < free { 1e-9 } else { ridge } * trace.max(1e-12) + 1e-12;
                }
                for k in 0..j {
                    sum -= lower[i * width + k] * lower[j * width + k];
                }
                lower[i * width + j] = if i == j {
                    if sum <= 0.0 {
                        return None;
                    }
                    sum.sqrt()
                } else {
                    sum / lower[j * width + j]
                };
            }
        }
        let mut answer = self.moment.clone();
        for i in 0..width {
            for k in 0..i {
                answer[i] -= lower[i * width + k] * answer[k];
            }
            answer[i] /= lower[i * width + i];
        }
        for i in (0..width).rev() {
            for k in i + 1..width {
                answer[i] -= lower[k * width + i] * answer[k];
            }
            answer[i] /= lower[i * width + i];
        }
        answer.iter().all(|one| one.is_finite()).then_some(answer)
    }
}
