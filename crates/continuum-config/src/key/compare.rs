//! Whether two rules take the same of a request.

use super::rule::{KeyRule, Kind, Piece};

/// Whether two pools hash the same of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SameKey {
    /// They hash the same.
    Same,
    /// They hash different things: that their maps agree then says nothing.
    Different,
    /// One of the files does not say what it hashes.
    Unknown,
}

impl KeyRule {
    /// Whether two pools hash the same of a request.
    #[must_use]
    pub fn compare(&self, other: &Self) -> SameKey {
        if !self.is_stated() || !other.is_stated() {
            return SameKey::Unknown;
        }
        let same = self.takes_same(other) && self.context == other.context;
        if same { SameKey::Same } else { SameKey::Different }
    }

    /// Whether two pools hash the same of a key, wherever it is looked for: twemproxy's
    /// `redis_db` does not count. What is not stated is no difference.
    #[must_use]
    pub fn takes_same(&self, other: &Self) -> bool {
        if !self.is_stated() || !other.is_stated() {
            return true;
        }
        match (self.plain(), other.plain()) {
            (Some(a), Some(b)) => a == b,
            (None, None) if self.is_plain_key() && other.is_plain_key() => true,
            (None, None) if matches!(self.kind, Kind::Nothing | Kind::Protocol(_)) => {
                self.kind == other.kind
            }
            _ => self.kind == other.kind && self.text == other.text,
        }
    }

    /// The key of the protocol as it stands, but for marks that mcrouter's clients
    /// alone put into keys.
    fn is_plain_key(&self) -> bool {
        match &self.kind {
            Kind::Protocol(tag) => tag.is_none(),
            Kind::Routed { salt } => salt.is_empty(),
            _ => false,
        }
    }

    /// What any program would take, for comparison.
    fn plain(&self) -> Option<Vec<Piece>> {
        let plain = |piece: &Piece| match piece {
            Piece::Field(field) => Piece::Field(field.plain()),
            text @ Piece::Text(_) => text.clone(),
        };
        match &self.kind {
            Kind::Pieces(pieces) => Some(pieces.iter().map(plain).collect()),
            Kind::Must(field) => Some(vec![Piece::Field(field.plain())]),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{KeyRule, SameKey};

    #[test]
    fn what_fills_the_key_counts() {
        let rule = |context: Option<&str>| {
            let rule = KeyRule::of_nginx("$k").unwrap();
            match context {
                Some(context) => rule.within(context),
                None => rule,
            }
        };
        assert_eq!(rule(Some("after a")).to_string(), "$k, after a");
        assert_eq!(rule(Some("after a")).as_text(), Some("$k, after a"));
        assert_eq!(rule(Some("after a")).compare(&rule(Some("after a"))), SameKey::Same);
        assert_eq!(rule(Some("after a")).compare(&rule(Some("after b"))), SameKey::Different);
        assert_eq!(rule(Some("after a")).compare(&rule(None)), SameKey::Different);
        let twice = KeyRule::PLAIN.within("in database 3").within("after c");
        assert_eq!(twice.to_string(), "the key, in database 3, after c");
        assert_eq!(twice.compare(&KeyRule::PLAIN), SameKey::Different);
        assert!(twice.takes_same(&KeyRule::PLAIN));
    }

    #[test]
    fn nothing_is_neither_a_rule_nor_unknown() {
        let nothing = KeyRule::nothing("nothing, for a reason");
        let uri = KeyRule::of_nginx("$uri").unwrap();
        assert_eq!(nothing.compare(&uri), SameKey::Different);
        assert_eq!(nothing.compare(&KeyRule::nothing("nothing")), SameKey::Same);
        assert_eq!(nothing.compare(&KeyRule::UNSTATED), SameKey::Unknown);
    }
}
