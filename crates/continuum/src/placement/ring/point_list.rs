//! The points of a ring as a build makes them.

/// Points in the program's order, those of a server side by side.
pub(crate) struct PointList<P> {
    positions: Vec<P>,
    /// Servers, and where the points of each end.
    runs: Vec<(u32, usize)>,
}

impl<P: Copy + Default> PointList<P> {
    pub(crate) fn new() -> Self {
        Self { positions: Vec::new(), runs: Vec::new() }
    }

    /// Room for so many points more, and no more than that.
    pub(crate) fn reserve(&mut self, count: usize) {
        self.positions.reserve_exact(count);
    }

    #[inline]
    pub(crate) fn push(&mut self, owner: u32, position: P) {
        self.positions.push(position);
        self.ends(owner);
    }

    /// Room for so many points more of a server, to be written.
    pub(crate) fn run(&mut self, owner: u32, count: usize) -> &mut [P] {
        let begin = self.positions.len();
        self.positions.resize(begin + count, P::default());
        if count > 0 {
            self.ends(owner);
        }
        &mut self.positions[begin..]
    }

    /// The last points are of this server.
    #[inline]
    fn ends(&mut self, owner: u32) {
        let end = self.positions.len();
        match self.runs.last_mut() {
            Some(run) if run.0 == owner => run.1 = end,
            _ => self.runs.push((owner, end)),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.positions.len()
    }

    /// One more than the highest number of a server that has points.
    pub(super) fn servers(&self) -> u32 {
        self.runs.iter().map(|run| run.0 + 1).max().unwrap_or(0)
    }

    /// The points of each server that has some, in the program's order.
    pub(super) fn runs(&self) -> impl Iterator<Item = (u32, &[P])> + '_ {
        let begins = std::iter::once(0).chain(self.runs.iter().map(|run| run.1));
        let runs = self.runs.iter().zip(begins);
        runs.map(|((owner, end), begin)| (*owner, &self.positions[begin..*end]))
    }

    /// Hands out every point, the last first, and gives back the memory of `stride` of
    /// them at a time.
    pub(super) fn take_backwards(self, stride: usize, mut take: impl FnMut(P, u32)) {
        let Self { mut positions, mut runs } = self;
        while let Some((owner, _)) = runs.pop() {
            let begin = runs.last().map_or(0, |run| run.1);
            positions[begin..].iter().rev().for_each(|position| take(*position, owner));
            positions.truncate(begin);
            if positions.capacity() - begin >= stride {
                positions.shrink_to_fit();
            }
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (P, u32)> + '_ {
        self.runs().flat_map(|(owner, run)| run.iter().map(move |position| (*position, owner)))
    }
}

impl<P: Copy + Default> FromIterator<(P, u32)> for PointList<P> {
    fn from_iter<I: IntoIterator<Item = (P, u32)>>(points: I) -> Self {
        let mut list = Self::new();
        for (position, owner) in points {
            list.push(owner, position);
        }
        list
    }
}
