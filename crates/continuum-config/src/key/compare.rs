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

/// What a rule takes, in a form that is equal where two take the same.
#[derive(Debug, PartialEq)]
enum Taken<'r> {
    /// Parts of a request, one behind the other.
    Pieces(Vec<Piece>),
    /// The key of the protocol as it stands.
    Key,
    /// What only its kind, and where the kind does not say all its text, tells.
    Of(&'r Kind, Option<&'r str>),
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
        self.taken() == other.taken()
    }

    /// A text that two rules share exactly where [`compare`](Self::compare) says that they are
    /// the same, for whoever keeps rules without this library at hand; `None` where the file
    /// does not say. It means nothing else, and is another one in another release.
    ///
    /// ```
    /// use continuum_config::{Config, Options};
    /// let mark = |key: &str| {
    ///     let text = format!("upstream u {{ hash {key} consistent; server a; server b; }}");
    ///     let config = Config::parse(&text, "nginx.conf", &Options::new())?;
    ///     Ok::<_, continuum_config::Error>(config.pool("u")?.key().mark())
    /// };
    /// assert_eq!(mark("$uri")?, mark("${uri}")?);
    /// assert_ne!(mark("$uri")?, mark("$request_uri")?);
    /// # Ok::<(), continuum_config::Error>(())
    /// ```
    #[must_use]
    pub fn mark(&self) -> Option<String> {
        let context = self.context.as_deref();
        self.is_stated().then(|| format!("{:?} {context:?}", self.taken()))
    }

    /// What is taken of a request or a key.
    fn taken(&self) -> Taken<'_> {
        if let Some(pieces) = self.plain() {
            return Taken::Pieces(pieces);
        }
        if self.is_plain_key() {
            return Taken::Key;
        }
        match &self.kind {
            Kind::Nothing | Kind::Protocol(_) => Taken::Of(&self.kind, None),
            _ => Taken::Of(&self.kind, self.text.as_deref()),
        }
    }

    /// The key of the protocol as it stands, but for marks that mcrouter's clients
    /// alone put into keys.
    fn is_plain_key(&self) -> bool {
        match &self.kind {
            Kind::Protocol(tag) => tag.is_none(),
            Kind::Routed(routed) => routed.is_plain(),
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
    fn marks_are_equal_where_rules_are() {
        let nginx = |text: &str| KeyRule::of_nginx(text).unwrap();
        let rules = [
            KeyRule::UNSTATED,
            KeyRule::PLAIN,
            KeyRule::PLAIN.within("in database 3"),
            KeyRule::nothing("nothing, for a reason"),
            KeyRule::nothing("nothing"),
            KeyRule::opaque("a"),
            KeyRule::opaque("b"),
            KeyRule::of_target(),
            nginx("$request_uri"),
            nginx("$uri"),
            nginx("$uri").within("after a"),
            nginx("$uri$arg_x"),
        ];
        for one in &rules {
            for other in &rules {
                let same = match (one.mark(), other.mark()) {
                    (Some(one), Some(other)) if one == other => SameKey::Same,
                    (Some(_), Some(_)) => SameKey::Different,
                    _ => SameKey::Unknown,
                };
                assert_eq!(one.compare(other), same, "{one} {other}");
            }
        }
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
