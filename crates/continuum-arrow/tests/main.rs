//! Columns in every layout of Arrow give the answers of single keys.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Int8Type, UInt32Type, UInt64Type};
use arrow_array::{
    Array, ArrayRef, BinaryArray, BinaryViewArray, BooleanArray, DictionaryArray,
    FixedSizeBinaryArray, Int64Array, LargeBinaryArray, LargeStringArray, NullArray, StringArray,
    StringViewArray, StructArray, UInt16Array,
};
use continuum::{Continuum, NO_OWNER, Servers};
use continuum_arrow::{Answer, Integers, Nulls, Question, Refusal, Rules, resolve_into, visit};

const NULLS: Rules = Rules { nulls: Nulls::Null, integers: Integers::Bytes };

fn servers(from: u32, to: u32) -> Servers {
    let texts: Vec<_> = (from..to).map(|number| format!("10.0.0.{number}:80")).collect();
    Servers::from_texts(texts.iter().map(String::as_str)).unwrap()
}

fn built(from: u32, to: u32) -> Continuum {
    Continuum::with_servers("slots-1".parse().unwrap(), servers(from, to)).unwrap()
}

/// Enough for more than a block, with nulls at both ends, empty and long ones.
fn texts() -> Vec<Option<String>> {
    let mut texts = vec![None, Some(String::new()), Some("grün 鍵 🔑".repeat(9)), None];
    texts.extend((0..20_000).map(|n| (n % 7 != 0).then(|| format!("key:{n}"))));
    texts.push(None);
    texts
}

fn want(continuum: &Continuum, keys: &[Option<String>]) -> Vec<Option<u32>> {
    keys.iter().map(|key| continuum.resolve_index(key.as_ref()?)).collect()
}

fn layouts() -> Vec<ArrayRef> {
    let texts = texts();
    let text = || texts.iter().map(Option::as_deref);
    let bytes = || text().map(|text| text.map(str::as_bytes));
    let coded: DictionaryArray<arrow_array::types::Int32Type> = text().collect();
    let plain: ArrayRef = Arc::new(StringArray::from_iter(text()));
    let field = arrow_schema::Field::new("key", plain.data_type().clone(), true);
    vec![
        plain.clone(),
        Arc::new(LargeStringArray::from_iter(text())),
        Arc::new(StringViewArray::from_iter(text())),
        Arc::new(BinaryArray::from_iter(bytes())),
        Arc::new(LargeBinaryArray::from_iter(bytes())),
        Arc::new(BinaryViewArray::from_iter(bytes())),
        Arc::new(coded),
        Arc::new(StructArray::from(vec![(Arc::new(field), plain)])),
    ]
}

#[test]
fn every_layout_and_slice_has_the_owners_of_single_keys() {
    let continuum = built(0, 10);
    let want = want(&continuum, &texts());
    let question = Question::owner(continuum.clone(), Answer::Index, NULLS);
    let named = Question::owner(continuum.clone(), Answer::Name, NULLS);
    for keys in layouts() {
        for (from, count) in [(0, keys.len()), (1, 3), (2, 17_000), (5, 0), (0, 0)] {
            let keys = keys.slice(from, count);
            let owners = question.answer(&keys, 0).unwrap();
            let owners: Vec<_> = owners.as_primitive::<UInt32Type>().iter().collect();
            assert_eq!(owners, want[from..from + count], "{} {from}", keys.data_type());
            let names = named.answer(&keys, 0).unwrap();
            let names = names.as_dictionary::<UInt32Type>().downcast_dict::<StringArray>().unwrap();
            for (name, owner) in names.into_iter().zip(&want[from..]) {
                assert_eq!(name, owner.map(|owner| format!("10.0.0.{owner}:80")).as_deref());
            }
        }
    }
}

#[test]
fn a_null_is_named_by_its_row_among_all() {
    let question = Question::owner(built(0, 10), Answer::Index, Rules::default());
    for keys in layouts() {
        let refused = question.answer(&keys.slice(1, 9), 100).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "key 102 is null, which nobody owns: drop the nulls or fill them"
        );
        let mut owners = [0; 9];
        let refused =
            resolve_into(&built(0, 3), &keys.slice(1, 9), Rules::default(), 7, &mut owners);
        assert!(matches!(refused, Err(Refusal::Null(9))), "{refused:?}");
        resolve_into(&built(0, 3), &keys.slice(1, 9), NULLS, 7, &mut owners).unwrap();
        let want = want(&built(0, 3), &texts()[1..10]);
        assert_eq!(owners.map(|owner| (owner != NO_OWNER).then_some(owner)), want[..]);
    }
    let nothing: ArrayRef = Arc::new(NullArray::new(2));
    assert!(matches!(question.answer(&nothing, 5), Err(Refusal::Null(5))));
}

#[test]
fn integers_are_bytes_or_digits() {
    let continuum = built(0, 10);
    let keys: ArrayRef = Arc::new(Int64Array::from(vec![Some(17), None, Some(-4)]));
    let digits = Rules { nulls: Nulls::Null, integers: Integers::Decimal };
    let question = Question::owner(continuum.clone(), Answer::Index, digits);
    let owners = question.answer(&keys, 0).unwrap();
    assert_eq!(
        owners.as_primitive::<UInt32Type>().iter().collect::<Vec<_>>(),
        [continuum.resolve_index("17"), None, continuum.resolve_index("-4")]
    );
    let question = Question::owner(continuum.clone(), Answer::Index, NULLS);
    assert!(matches!(question.answer(&keys, 5), Err(Refusal::Negative(7))));
    let owners = question.answer(&keys.slice(0, 2), 0).unwrap();
    let bytes = 17_u64.to_le_bytes();
    assert_eq!(
        owners.as_primitive::<UInt32Type>().value(0),
        continuum.resolve_index(bytes).unwrap()
    );
}

#[test]
fn a_dictionary_of_more_values_than_rows_and_a_broken_one() {
    let continuum = built(0, 10);
    let question = Question::owner(continuum.clone(), Answer::Index, NULLS);
    let values: ArrayRef = Arc::new(StringArray::from(vec!["a", "b", "c", "d"]));
    let codes = UInt16Array::from(vec![Some(2), None, Some(0)]);
    let keys: ArrayRef = Arc::new(DictionaryArray::new(codes, values.clone()));
    let owners = question.answer(&keys, 0).unwrap();
    assert_eq!(
        owners.as_primitive::<UInt32Type>().iter().collect::<Vec<_>>(),
        [continuum.resolve_index("c"), None, continuum.resolve_index("a")]
    );
    let mut seen = Vec::new();
    visit(&*keys.slice(2, 1), Integers::Bytes, &mut |from, keys| {
        seen.extend((0..keys.len()).map(|index| (from + index, keys.get(index).to_vec())));
        Ok(())
    })
    .unwrap();
    assert_eq!(seen, [(0, b"a".to_vec())]);
}

#[test]
fn moved_says_from_where_and_to_where() {
    let (old, new) = (built(0, 10), built(1, 11));
    let question = Question::moved(old.clone(), new.clone(), Answer::Index, NULLS);
    let texts = texts();
    let keys: ArrayRef = Arc::new(StringArray::from_iter(texts.iter().map(Option::as_deref)));
    let moves = question.answer(&keys, 0).unwrap();
    let moves = moves.as_struct();
    let side = |column: usize| -> Vec<Option<u32>> {
        moves.column(column).as_primitive::<UInt32Type>().iter().collect()
    };
    let (before, after) = (want(&old, &texts), want(&new, &texts));
    assert_eq!(side(1), before);
    assert_eq!(side(2), after);
    let moved: Vec<_> = moves.column(0).as_boolean().iter().collect();
    let same = |pair: (Option<u32>, Option<u32>)| Some(pair.0? != pair.1? + 1);
    assert_eq!(moved, before.into_iter().zip(after).map(same).collect::<Vec<_>>());
}

#[test]
fn a_table_has_no_null_rows() {
    let question = Question::moved(built(0, 10), built(1, 11), Answer::Name, NULLS);
    let nothing: ArrayRef = Arc::new(NullArray::new(3));
    for keys in layouts().into_iter().chain([nothing]) {
        let moves = question.answer(&keys, 0).unwrap();
        assert_eq!(moves.len(), keys.len());
        assert_eq!(moves.null_count(), 0, "{}", keys.data_type());
        assert!(moves.as_struct().columns().iter().all(|column| column.is_null(0)));
    }
}

#[test]
fn copies_and_positions() {
    let continuum = built(0, 4);
    let keys: ArrayRef = Arc::new(StringArray::from(vec![Some("a"), None, Some("b")]));
    let lists = Question::copies(continuum.clone(), 99, false, Answer::Index, NULLS);
    let lists = lists.answer(&keys, 0).unwrap();
    let lists = lists.as_list::<i32>();
    assert!(lists.is_null(1) && lists.value_length(1) == 0);
    let first = lists.value(2);
    assert_eq!(first.len(), 4);
    assert_eq!(Some(first.as_primitive::<UInt32Type>().value(0)), continuum.resolve_index("b"));
    let positions = Question::position(continuum.clone(), NULLS).unwrap();
    let positions = positions.answer(&keys, 0).unwrap();
    let positions = positions.as_primitive::<UInt64Type>();
    assert_eq!(Some(u128::from(positions.value(2))), continuum.position("b"));
    let wide = Continuum::with_servers("uhashring".parse().unwrap(), servers(0, 3)).unwrap();
    let positions = Question::position(wide.clone(), NULLS).unwrap().answer(&keys, 0).unwrap();
    let position = positions.as_fixed_size_binary().value(0).try_into().unwrap();
    assert_eq!(Some(u128::from_be_bytes(position)), wide.position("a"));
}

#[test]
fn what_is_refused() {
    let question = Question::owner(built(0, 10), Answer::Index, NULLS);
    let keys: ArrayRef = Arc::new(BooleanArray::from(vec![true]));
    let refused = question.answer(&keys, 0).unwrap_err();
    assert!(refused.to_string().contains("strings, binaries or integers, not Boolean"));
    let scores = Continuum::with_servers("clandestined".parse().unwrap(), servers(0, 3)).unwrap();
    assert!(matches!(Question::position(scores, NULLS), Err(Refusal::NoPositions(_))));
    let nobody = Question::owner(Continuum::new(), Answer::Name, NULLS);
    let keys: ArrayRef = Arc::new(StringArray::from(vec![None, Some("a")]));
    assert!(matches!(nobody.answer(&keys, 0), Err(Refusal::Empty)));
    assert_eq!(nobody.answer(&keys.slice(0, 1), 0).unwrap().len(), 1);
    assert_eq!(nobody.answer(&keys.slice(0, 0), 0).unwrap().len(), 0);
    let few = Arc::new(FixedSizeBinaryArray::try_from_iter([[1_u8; 3], [2; 3]].iter()).unwrap());
    assert_eq!(question.answer(&(few as ArrayRef), 0).unwrap().len(), 2);
    let codes = arrow_array::PrimitiveArray::<Int8Type>::from(vec![0, 1]);
    let dictionary: DictionaryArray<Int8Type> =
        DictionaryArray::new(codes, Arc::new(BooleanArray::from(vec![true, false])));
    assert!(matches!(
        question.answer(&(Arc::new(dictionary) as ArrayRef), 0),
        Err(Refusal::Kind(_))
    ));
}
