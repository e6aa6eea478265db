//! Continuums by number, as JavaScript holds them.

use continuum::Continuum;

/// Places for continuums; a place that was given back is used again.
#[derive(Default)]
pub(crate) struct Table {
    places: Vec<Option<Continuum>>,
}

impl Table {
    pub(crate) fn add(&mut self, continuum: Continuum) -> usize {
        let free = self.places.iter().position(Option::is_none);
        let place = free.unwrap_or_else(|| {
            self.places.push(None);
            self.places.len() - 1
        });
        self.places[place] = Some(continuum);
        place
    }

    pub(crate) fn get(&self, number: usize) -> Option<&Continuum> {
        self.places.get(number)?.as_ref()
    }

    pub(crate) fn remove(&mut self, number: usize) {
        if let Some(place) = self.places.get_mut(number) {
            *place = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use continuum::Continuum;

    use super::Table;

    #[test]
    fn places_are_used_again() {
        let mut table = Table::default();
        assert_eq!((table.add(Continuum::new()), table.add(Continuum::new())), (0, 1));
        table.remove(0);
        table.remove(7);
        assert!(table.get(0).is_none() && table.get(1).is_some() && table.get(2).is_none());
        assert_eq!(table.add(Continuum::new()), 0);
    }
}
