//! The words that an option takes, each declared once with what it stands for.

use crate::scheme::Options;

/// Words of an option, the default first, and their meanings.
pub(crate) struct Words<T: 'static, const N: usize>(pub(crate) [(&'static str, T); N]);

impl<T: Copy, const N: usize> Words<T, N> {
    /// The words alone, for [`Accepts::Choice`](crate::scheme::Accepts::Choice).
    pub(crate) const fn list(&self) -> [&'static str; N] {
        let mut list = [""; N];
        let mut at = 0;
        while at < N {
            list[at] = self.0[at].0;
            at += 1;
        }
        list
    }

    /// What the word of this option stands for; the option takes these words.
    pub(crate) fn chosen(&self, options: &Options<'_>, option: &str) -> T {
        let word = options.choice(option);
        let found = self.0.iter().find(|(known, _)| *known == word);
        found.map_or_else(|| unreachable!("'{word}' is no word of '{option}'"), |found| found.1)
    }
}
