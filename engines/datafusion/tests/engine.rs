//! The function in the engine itself: every layout of keys, nulls, constants, refusals.

use std::sync::Arc;

use continuum::{Continuum, Servers};
use continuum_arrow::{Answer, Integers, Nulls, Question, Rules};
use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BinaryArray, BinaryViewArray, DictionaryArray, FixedSizeBinaryArray,
    Int64Array, LargeStringArray, RecordBatch, StringArray, StringViewArray,
};
use datafusion::arrow::datatypes::{DataType, Int32Type, UInt32Type};
use datafusion::prelude::SessionContext;

const ROWS: usize = 20_000;
const NULLS: Rules = Rules { nulls: Nulls::Null, integers: Integers::Bytes };

fn continuum(scheme: &str) -> Continuum {
    let servers: Vec<String> = (0..9).map(|number| format!("10.0.0.{number}:11211")).collect();
    let servers = Servers::from_texts(servers.iter().map(String::as_str)).unwrap();
    Continuum::with_servers(scheme.parse().unwrap(), servers).unwrap()
}

/// Keys, every seventh of them null and some empty.
fn keys() -> Vec<Option<String>> {
    let key = |number: usize| match number % 11 {
        0 => String::new(),
        _ => format!("user:{number}"),
    };
    (0..ROWS).map(|number| (number % 7 != 0).then(|| key(number))).collect()
}

async fn column(context: &SessionContext, sql: &str) -> datafusion::error::Result<ArrayRef> {
    let batches = context.sql(sql).await?.collect().await?;
    let columns: Vec<&dyn Array> = batches.iter().map(|batch| batch.column(0).as_ref()).collect();
    Ok(datafusion::arrow::compute::concat(&columns)?)
}

fn over(keys: ArrayRef, question: Question) -> SessionContext {
    let context = SessionContext::new();
    let batch = RecordBatch::try_from_iter_with_nullable([("key", keys, true)]).unwrap();
    context.register_batch("t", batch).unwrap();
    context.register_udf(continuum_datafusion::udf("owner", question));
    context
}

#[tokio::test]
async fn every_layout_of_texts_gets_the_library_s_answers() {
    let keys = keys();
    let texts = || keys.iter().map(Option::as_deref);
    let bytes = || texts().map(|key| key.map(str::as_bytes));
    let layouts: Vec<ArrayRef> = vec![
        Arc::new(texts().collect::<StringArray>()),
        Arc::new(texts().collect::<LargeStringArray>()),
        Arc::new(texts().collect::<StringViewArray>()),
        Arc::new(bytes().collect::<BinaryArray>()),
        Arc::new(bytes().collect::<BinaryViewArray>()),
        Arc::new(texts().collect::<DictionaryArray<Int32Type>>()),
    ];
    for scheme in ["slots-1", "libketama", "rendezvous-1"] {
        let continuum = continuum(scheme);
        for layout in &layouts {
            let question = Question::owner(continuum.clone(), Answer::Index, NULLS);
            let context = over(Arc::clone(layout), question);
            let owners = column(&context, "SELECT owner(key) FROM t").await.unwrap();
            let owners = owners.as_primitive::<UInt32Type>();
            assert_eq!(owners.len(), ROWS);
            for (key, owner) in keys.iter().zip(owners.iter()) {
                let ours = key.as_ref().and_then(|key| continuum.resolve_index(key));
                assert_eq!(owner, ours, "{scheme}, {}: {key:?}", layout.data_type());
            }
        }
    }
}

#[tokio::test]
async fn integers_and_fixed_bytes_are_their_bytes() {
    let continuum = continuum("slots-1");
    let numbers: Vec<i64> = (0..1000).map(|number| number * 7).collect();
    let fixed = FixedSizeBinaryArray::try_from_iter(numbers.iter().map(|n| n.to_le_bytes()));
    let layouts: [ArrayRef; 2] =
        [Arc::new(Int64Array::from(numbers.clone())), Arc::new(fixed.unwrap())];
    for layout in layouts {
        let question = Question::owner(continuum.clone(), Answer::Index, NULLS);
        let context = over(layout, question);
        let owners = column(&context, "SELECT owner(key) FROM t").await.unwrap();
        for (number, owner) in numbers.iter().zip(owners.as_primitive::<UInt32Type>()) {
            assert_eq!(owner, continuum.resolve_index(number.to_le_bytes()));
        }
    }
}

#[tokio::test]
async fn names_group_and_filter() {
    let continuum = continuum("slots-1");
    let keys = keys();
    let layout: ArrayRef = Arc::new(keys.iter().map(Option::as_deref).collect::<StringArray>());
    let context = over(layout, Question::owner(continuum.clone(), Answer::Name, NULLS));
    let sql = "SELECT count(*) FROM t WHERE owner(key) = '10.0.0.3:11211'";
    let count = column(&context, sql).await.unwrap();
    let ours = keys.iter().flatten().filter(|key| continuum.resolve_index(key) == Some(3)).count();
    assert_eq!(
        count.as_primitive::<datafusion::arrow::datatypes::Int64Type>().value(0),
        i64::try_from(ours).unwrap()
    );
    let groups = column(&context, "SELECT owner(key), count(*) FROM t GROUP BY owner(key)").await;
    // Nine servers and the nulls.
    assert_eq!(groups.unwrap().len(), 10);
}

#[tokio::test]
async fn a_constant_a_null_and_no_row() {
    let continuum = continuum("ring-1");
    let none: ArrayRef = Arc::new(StringArray::from(Vec::<&str>::new()));
    let context = over(none, Question::owner(continuum.clone(), Answer::Index, NULLS));
    assert_eq!(context.sql("SELECT owner(key) FROM t").await.unwrap().count().await.unwrap(), 0);
    let one = column(&context, "SELECT owner('my-key')").await.unwrap();
    assert_eq!(
        one.as_primitive::<UInt32Type>().iter().collect::<Vec<_>>(),
        [continuum.resolve_index("my-key")]
    );
    let null = column(&context, "SELECT owner(NULL)").await.unwrap();
    assert_eq!((null.len(), null.null_count()), (1, 1));
}

#[tokio::test]
async fn moves_are_a_column_of_structs() {
    let keys: ArrayRef = Arc::new(StringArray::from_iter_values((0..1000).map(|n| n.to_string())));
    let context = over(keys, Question::owner(continuum("slots-1"), Answer::Index, NULLS));
    let (old, other) = (continuum("slots-1"), continuum("libketama"));
    context.register_udf(continuum_datafusion::udf(
        "moved",
        Question::moved(old.clone(), other.clone(), Answer::Index, NULLS),
    ));
    let structs = column(&context, "SELECT moved(key) FROM t").await.unwrap();
    let structs = structs.as_struct();
    let moved = structs.column_by_name("moved").unwrap().as_boolean();
    let from = structs.column_by_name("from").unwrap().as_primitive::<UInt32Type>();
    let to = structs.column_by_name("to").unwrap().as_primitive::<UInt32Type>();
    for number in 0..1000 {
        let key = number.to_string();
        let ours = [old.resolve_index(&key), other.resolve_index(&key)];
        assert_eq!([Some(from.value(number)), Some(to.value(number))], ours);
        assert_eq!(moved.value(number), ours[0] != ours[1]);
    }
}

#[tokio::test]
async fn what_holds_no_keys_is_refused_when_planned() {
    let keys: ArrayRef =
        Arc::new(datafusion::arrow::array::Float64Array::from(vec![Some(1.0), None]));
    assert_eq!(keys.data_type(), &DataType::Float64);
    let context = over(keys, Question::owner(continuum("slots-1"), Answer::Index, NULLS));
    let refused = context.sql("SELECT owner(key) FROM t").await.unwrap_err().to_string();
    assert!(refused.contains("holds strings, binaries or integers, not Float64"), "{refused}");
    let refused = context.sql("SELECT owner(key, key) FROM t").await.unwrap_err().to_string();
    assert!(refused.contains("owner"), "{refused}");
    let nulls: ArrayRef = Arc::new(StringArray::from(vec![Some("a"), None]));
    let strict = Question::owner(continuum("slots-1"), Answer::Index, Rules::default());
    let refused = column(&over(nulls, strict), "SELECT owner(key) FROM t").await.unwrap_err();
    assert!(refused.to_string().contains("key 1 is null"), "{refused}");
}
