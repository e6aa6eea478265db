//! Configurations of other programs: refused at a place and in a sentence, or every pool
//! is one that can be built and written again.

use std::sync::LazyLock;

use continuum::Scheme;
use continuum_config::{Config, Format, KeyRule, Options, Request};

use crate::texts::{again, sentence};

static SCHEME: LazyLock<Scheme> = LazyLock::new(|| "python-continuum".parse().unwrap());

/// A text of a format.
pub fn read(data: &[u8], file: &str, format: Format) {
    if let Ok(text) = std::str::from_utf8(data) {
        let options = Options::new().with_scheme(SCHEME.clone()).with_partitions(12);
        read_config(text, file, &options.with_format(format));
    }
}

/// A text whose format is found out, or is said by its first line.
pub fn detect(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let options = Options::new().with_scheme(SCHEME.clone());
    let (first, rest) = text.split_once('\n').unwrap_or(("", text));
    match first.parse::<Format>() {
        Ok(format) => {
            assert_eq!(format.to_string().parse::<Format>().unwrap(), format);
            read_config(rest, "some.conf", &options.with_format(format));
        }
        Err(error) => {
            sentence(&error);
            for file in ["nginx.conf", "pools.yml", "pools.json"] {
                read_config(text, file, &options);
            }
        }
    }
}

fn read_config(text: &str, file: &str, options: &Options) {
    // A lone carriage return ends a line of YAML.
    let lines = u32::try_from(text.matches(['\n', '\r']).count()).unwrap() + 1;
    let judged = |error: &continuum_config::Error| {
        for complaint in error.complaints() {
            // The end of a file may be told as the line behind its last one.
            assert!((1..=lines + 1).contains(&complaint.place().line()), "{error}");
            assert!(!complaint.sentence().is_empty());
        }
    };
    let config = match Config::parse(text, file, options) {
        Ok(config) => config,
        Err(error) => return judged(&error),
    };
    config.refused().for_each(|(_, error)| judged(error));
    for pool in config.pools() {
        let text = pool.scheme().to_string();
        assert_eq!(&text.parse::<Scheme>().unwrap(), pool.scheme(), "{text}");
        again(pool.servers());
        assert!((1..=lines + 1).contains(&pool.place().line()));
        for note in pool.notes() {
            assert!((1..=lines + 1).contains(&note.place().line()), "{note}");
        }
        for down in pool.down() {
            assert!(pool.servers().index_of(down).is_some(), "{down} is down and not there");
        }
        let _ = (pool.key().to_string(), pool.bounded());
    }
    for skipped in config.skipped() {
        assert!(!skipped.to_string().is_empty());
    }
    if let Err(error) = config.into_pools() {
        judged(&error);
    }
}

/// A rule of nginx on the first line, a request on the second, and its headers.
pub fn rule(data: &[u8]) {
    let mut lines = data.splitn(3, |byte| *byte == b'\n');
    let (Some(rule), Some(line)) = (lines.next(), lines.next()) else { return };
    let Ok(rule) = std::str::from_utf8(rule) else { return };
    let text = format!("upstream u {{ hash {rule}; server a; server b; }}");
    let options = Options::new().with_format(Format::Nginx);
    let Ok(config) = Config::parse(&text, "nginx.conf", &options) else { return };
    let Some(pool) = config.pools().first() else { return };
    let Ok(mut request) = Request::parse(line) else { return };
    for line in lines.next().unwrap_or_default().split(|byte| *byte == b'\n') {
        if let Some(at) = line.iter().position(|byte| *byte == b':')
            && let Ok(name) = std::str::from_utf8(&line[..at])
        {
            request = request.with_header(name, &line[at + 1..]);
        }
    }
    let rule = pool.key();
    assert_eq!(rule, &rule.clone());
    let _ = (rule.compare(&KeyRule::of_target()), rule.as_text(), rule.takes_any());
    let built = rule.key(&request);
    if let Err(error) = &built {
        sentence(error);
    }
    assert_eq!(built, rule.key(&request));
    if let Ok(Some(key)) = built {
        let part = rule.part(&key);
        assert!(part.len() <= key.len() || !rule.cuts());
        let _ = rule.check(&key);
    }
}
