//! Properties of a Kafka producer: `partitioner.class` of the Java client,
//! `partitioner` of librdkafka.
//!
//! The file says how a key becomes a partition, and not of how many: that is the
//! topic's, and the caller gives it. Whose producer it is follows from names that
//! one of the two alone has, or the caller names the scheme. Spring's properties of a
//! producer (`spring.kafka.producer.*`) are the Java client's.
//!
//! A connector of Kafka Connect is refused: its `partitioner.class` is another thing.

use std::collections::BTreeMap;

use continuum::Server;

use crate::draft::{Chosen, Draft, Found};
use crate::error::Error;
use crate::fault::Fault;
use crate::key::KeyRule;
use crate::limits;
use crate::options::Options;
use crate::quote::quoted;
use crate::source::File;
use crate::tree::line32;

/// Names that only the Java client has.
const OF_JAVA: &[&str] = &[
    "buffer.memory",
    "interceptor.classes",
    "key.serializer",
    "max.block.ms",
    "max.request.size",
    "metric.reporters",
    "partitioner.adaptive.partitioning.enable",
    "partitioner.class",
    "partitioner.ignore.keys",
    "sasl.jaas.config",
    "ssl.truststore.location",
    "value.serializer",
];
/// Names that only librdkafka has.
const OF_LIBRDKAFKA: &[&str] = &[
    "api.version.request",
    "message.max.bytes",
    "metadata.broker.list",
    "partitioner",
    "queue.buffering.max.kbytes",
    "queue.buffering.max.messages",
    "queue.buffering.max.ms",
    "sasl.mechanisms",
    "sasl.password",
    "sasl.username",
    "ssl.ca.location",
    "statistics.interval.ms",
    "sticky.partitioning.linger.ms",
];

/// Names that only the producer in Scala has, which was Kafka's up to 0.8.
const OF_SCALA: &[&str] =
    &["key.serializer.class", "producer.type", "queue.enqueue.timeout.ms", "serializer.class"];

/// Whether a line of a file is one of a producer's.
pub(crate) fn is_line(line: &str) -> bool {
    let (name, _) = name_and_value(line);
    let names = [
        "bootstrap.servers",
        "connector.class",
        "metadata.broker.list",
        "partitioner",
        "partitioner.class",
    ];
    (names.contains(&name) || name.starts_with(OF_SPRING)) && name.len() < line.len()
}

/// What Spring puts before the properties of a producer.
const OF_SPRING: &str = "spring.kafka.producer.";
/// What it puts before those that all clients share; a producer's own are above them.
const SHARED: &str = "spring.kafka.properties.";

/// A producer's properties under the names that Kafka gives them, where they are
/// Spring's.
fn of_spring(all: &Properties) -> Option<Properties> {
    all.keys().find(|name| name.starts_with(OF_SPRING))?;
    let under = |prefix: &'static str| {
        all.iter().filter_map(move |(name, value)| Some((name.strip_prefix(prefix)?, value)))
    };
    let mut own = Properties::new();
    for (name, value) in under(SHARED) {
        own.insert(name.to_owned(), value.clone());
    }
    for (name, value) in under(OF_SPRING) {
        let name =
            name.strip_prefix("properties.").map_or_else(|| name.replace('-', "."), str::to_owned);
        own.insert(name, value.clone());
    }
    Some(own)
}

/// By name: value and line.
type Properties = BTreeMap<String, (String, u32)>;

fn name_and_value(line: &str) -> (&str, &str) {
    let end = line.find(|c: char| c == '=' || c == ':' || c.is_whitespace()).unwrap_or(line.len());
    let (name, rest) = line.split_at(end);
    let rest = rest.trim_start();
    (name, rest.strip_prefix(['=', ':']).unwrap_or(rest).trim())
}

/// As Java reads properties: a backslash at the end goes on in the next line, and the
/// last of several counts.
fn properties(text: &str) -> Result<Properties, Fault> {
    let mut all = Properties::new();
    let mut open: Option<(String, u32)> = None;
    for (number, line) in text.lines().enumerate() {
        let (mut whole, at) = open.take().unwrap_or((String::new(), line32(number + 1)));
        let words = line.trim_start();
        if whole.is_empty() && (words.is_empty() || words.starts_with(['#', '!'])) {
            continue;
        }
        let slashes = words.len() - words.trim_end_matches('\\').len();
        if slashes % 2 == 1 {
            whole.push_str(&words[..words.len() - 1]);
            open = Some((whole, at));
            continue;
        }
        whole.push_str(words);
        let (name, value) = name_and_value(&whole);
        all.insert(name.to_owned(), (value.to_owned(), at));
        if all.len() > limits::WORDS {
            return Err(Fault::new(at, format!("more than {} properties", limits::WORDS)));
        }
    }
    Ok(all)
}

pub(crate) fn read(text: &str, file: &File, options: &Options) -> Result<Vec<Found>, Error> {
    let name = file.stem();
    let found = properties(text).and_then(|all| pool(name, &all, file, options));
    Ok(vec![Found::of(name, found.map_err(|fault| fault.within(file)))])
}

fn pool(name: &str, all: &Properties, file: &File, options: &Options) -> Result<Found, Fault> {
    if let Some((class, line)) = all.get("connector.class") {
        let sentence = format!(
            "connector.class {}: this is a connector of Kafka Connect and not a producer, and its \
             partitioner.class chooses no partition of a topic",
            quoted(class)
        );
        return Err(Fault::new(*line, sentence));
    }
    let spring = of_spring(all);
    let all = spring.as_ref().unwrap_or(all);
    let get = |name: &str| all.get(name);
    // Spring's producer is Java's whatever it is set to.
    let any = |names: &[&str]| match spring {
        Some(_) if names == OF_JAVA => all.iter().next(),
        Some(_) => None,
        None => names.iter().find_map(|name| all.get_key_value(*name)),
    };
    if spring.is_none()
        && options.scheme.is_none()
        && let Some((scala, (_, line))) = OF_SCALA.iter().find_map(|name| all.get_key_value(*name))
        && OF_JAVA.iter().all(|name| *name == "partitioner.class" || get(name).is_none())
    {
        let sentence = format!(
            "{} is a property of the producer in Scala, Kafka's up to 0.8: its partitioner takes \
             Java's hashCode of a key, which is not covered",
            quoted(scala)
        );
        return Err(Fault::new(*line, sentence));
    }
    let given = options.scheme.as_ref().filter(|scheme| scheme.name() == "kafka");
    let (scheme, at) = match (given, any(OF_JAVA), any(OF_LIBRDKAFKA)) {
        (Some(scheme), ..) => (Chosen::from(scheme.clone()), 1),
        (None, Some((java, (_, line))), Some((other, _))) => {
            let sentence = format!(
                "{} is a property of Java's client and {} one of librdkafka: name the scheme, \
                 --scheme kafka:client=java or kafka:client=librdkafka",
                quoted(java),
                quoted(other)
            );
            return Err(Fault::new(*line, sentence));
        }
        (None, None, None) => {
            let sentence = "does not say whose producer it is: name the scheme, --scheme \
                            kafka:client=java or kafka:client=librdkafka";
            return Err(Fault::new(1, sentence));
        }
        (None, Some((_, (_, line))), None) => {
            if let Some((value, line)) = get("partitioner.ignore.keys")
                && value.eq_ignore_ascii_case("true")
            {
                let why = "does not hash: partitioner.ignore.keys";
                return Ok(Found::skipped(name, file.at(*line), why));
            }
            match get("partitioner.class") {
                None => (Chosen::new("kafka"), *line),
                Some((class, line)) => match class.rsplit('.').next().unwrap_or(class) {
                    "" | "DefaultPartitioner" => (Chosen::new("kafka"), *line),
                    other @ ("RoundRobinPartitioner" | "UniformStickyPartitioner") => {
                        let why = format!("does not hash a key: {other}");
                        return Ok(Found::skipped(name, file.at(*line), why));
                    }
                    _ => {
                        let sentence =
                            format!("partitioner.class {} is not covered", quoted(class));
                        return Err(Fault::new(*line, sentence));
                    }
                },
            }
        }
        (None, None, Some((_, (_, line)))) => {
            let librdkafka = Chosen::new("kafka:client=librdkafka");
            match get("partitioner") {
                None => (librdkafka, *line),
                Some((random, line)) if random == "random" => {
                    let why = "does not hash a key: partitioner random";
                    return Ok(Found::skipped(name, file.at(*line), why));
                }
                Some((partitioner, line)) => {
                    let known = [
                        "consistent",
                        "consistent_random",
                        "murmur2",
                        "murmur2_random",
                        "fnv1a",
                        "fnv1a_random",
                    ];
                    if !known.contains(&partitioner.as_str()) {
                        let known = known.join(", ");
                        let partitioner = quoted(partitioner);
                        let sentence = format!("partitioner {partitioner} is none of {known}");
                        return Err(Fault::new(*line, sentence));
                    }
                    (librdkafka.with("partitioner", partitioner.replace('_', "-")), *line)
                }
            }
        }
    };
    let Some(partitions) = options.partitions else {
        let sentence = "the number of partitions is the topic's and not in the file; give it with \
                        --partitions";
        return Err(Fault::new(at, sentence));
    };
    if partitions as usize > limits::SERVERS {
        return Err(Fault::new(at, format!("more than {} partitions", limits::SERVERS)));
    }
    let mut draft = Draft::new(name, file.at(1), scheme, file.at(at));
    draft.key = KeyRule::PLAIN;
    for partition in 0..partitions {
        draft.servers.push((Server::without_port(partition.to_string()), file.at(at)));
    }
    Ok(draft.into())
}

#[cfg(test)]
mod tests {
    use super::{is_line, read};
    use crate::options::Options;
    use crate::testing::{file, none, shown};

    fn one(text: &str) -> Vec<String> {
        shown(read(text, &file(), &Options::new().with_partitions(2)))
    }

    /// Its `DefaultPartitioner` is `Utils.abs(key.hashCode) % numPartitions`.
    #[test]
    fn the_producer_in_scala_is_neither() {
        let brokers = "metadata.broker.list=a:1\n";
        for line in [
            "producer.type=sync",
            "serializer.class=kafka.serializer.DefaultEncoder",
            "key.serializer.class=x\npartitioner.class=kafka.producer.DefaultPartitioner",
        ] {
            let found = one(&format!("{brokers}{line}\n"));
            assert!(found[0].contains("is a property of the producer in Scala"), "{found:?}");
        }
        let named = Options::new().with_partitions(2).with_scheme("kafka".parse().unwrap());
        let text = format!("{brokers}producer.type=sync\n");
        assert_eq!(shown(read(&text, &file(), &named)), ["f kafka | 0 1"]);
    }

    #[test]
    fn whose_partitioner_it_is() {
        let java = "kafka | 0 1";
        for (text, wanted) in [
            ("bootstrap.servers=a:1\nkey.serializer: x\n", java),
            (
                "partitioner.class = org.apache.kafka.clients.producer.internals.\\\n  DefaultPartitioner\n",
                java,
            ),
            ("# c\n! c\n\nlinger.ms=5\nbuffer.memory 3\n", java),
            ("metadata.broker.list=a:1\n", "kafka:client=librdkafka | 0 1"),
            (
                "partitioner=murmur2_random\n",
                "kafka:client=librdkafka,partitioner=murmur2-random | 0 1",
            ),
            (
                "partitioner=random\npartitioner=fnv1a\n",
                "kafka:client=librdkafka,partitioner=fnv1a | 0 1",
            ),
        ] {
            assert_eq!(one(text), [format!("f {wanted}")], "{text}");
        }
        for (text, why) in [
            ("partitioner=random\n", "does not hash a key: partitioner random"),
            (
                "partitioner.class=x.RoundRobinPartitioner\n",
                "does not hash a key: RoundRobinPartitioner",
            ),
            ("partitioner.ignore.keys=true\n", "does not hash: partitioner.ignore.keys"),
        ] {
            assert_eq!(one(text), [format!("f - {why}")], "{text}");
        }
        assert!(is_line("bootstrap.servers=x") && is_line("partitioner: x"));
        assert!(is_line("connector.class=x") && is_line("spring.kafka.producer.retries=0"));
        assert!(!is_line("bootstrap.servers") && !is_line("partition=3"));
    }

    #[test]
    fn properties_of_spring() {
        let producer = "spring.kafka.bootstrap-servers=a:1\nspring.kafka.producer.batch-size=1\n";
        assert_eq!(one(producer), ["f kafka | 0 1"]);
        let class =
            |prefix: &str, class: &str| format!("{prefix}properties.partitioner.class={class}\n");
        let round = class("spring.kafka.", "x.RoundRobinPartitioner");
        assert_eq!(
            one(&format!("{producer}{round}")),
            ["f - does not hash a key: RoundRobinPartitioner"]
        );
        let own = class("spring.kafka.producer.", "x.DefaultPartitioner");
        assert_eq!(one(&format!("{producer}{round}{own}")), ["f kafka | 0 1"]);
        let mine = class("spring.kafka.producer.", "com.example.Mine");
        let found = one(&format!("{producer}{mine}"));
        assert_eq!(found, ["! f:3: partitioner.class 'com.example.Mine' is not covered"]);
    }

    #[test]
    fn refuses_by_name() {
        for (text, says) in [
            (
                "connector.class=x.S3SinkConnector\npartitioner.class=x.DefaultPartitioner\n",
                "f:1: connector.class 'x.S3SinkConnector': this is a connector of Kafka Connect",
            ),
            ("bootstrap.servers=a:1\n", "f:1: does not say whose producer it is"),
            (
                "acks=1\npartitioner.class=com.example.Mine\n",
                "f:2: partitioner.class 'com.example.Mine'",
            ),
            ("partitioner=murmur3\n", "f:1: partitioner 'murmur3' is none of consistent,"),
            (
                "partitioner=murmur2\nkey.serializer=x\n",
                "f:2: 'key.serializer' is a property of Java's",
            ),
        ] {
            let found = one(text);
            assert!(found[0].starts_with(&format!("! {says}")), "{text}: {found:?}");
        }
        let found = shown(read("partitioner=murmur2\n", &file(), &none()));
        assert!(found[0].contains("give it with --partitions"), "{found:?}");
        let options =
            Options::new().with_partitions(3).with_scheme("kafka:client=sarama".parse().unwrap());
        let found = shown(read("bootstrap.servers=a:1\n", &file(), &options));
        assert_eq!(found, ["f kafka:client=sarama | 0 1 2"]);
    }
}
