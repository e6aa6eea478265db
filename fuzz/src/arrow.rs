//! Columns of Arrow: each answer is that of its key, whatever layout the keys have.

use std::cell::OnceCell;
use std::sync::Arc;

use arrow_array::cast::AsArray as _;
use arrow_array::types::{Int32Type, UInt32Type};
use arrow_array::{
    Array as _, ArrayRef, BinaryArray, BinaryViewArray, DictionaryArray, FixedSizeBinaryArray,
    Int64Array, LargeBinaryArray,
};
use continuum::{Continuum, Servers};
use continuum_arrow::{Answer, Integers, Nulls, Question, Rules};

thread_local! {
    static ASKED: OnceCell<(Continuum, [Question; 4])> = const { OnceCell::new() };
}

/// Two rules for nulls times two for integers, by the number of the bits.
fn asked() -> (Continuum, [Question; 4]) {
    let servers = Servers::from_texts(["a:1", "b:1", "c:1"]).unwrap();
    let continuum = Continuum::with_servers("ring-1".parse().unwrap(), servers).unwrap();
    let question = |nulls, integers| {
        Question::owner(continuum.clone(), Answer::Index, Rules { nulls, integers })
    };
    let questions = [
        question(Nulls::Error, Integers::Bytes),
        question(Nulls::Null, Integers::Bytes),
        question(Nulls::Error, Integers::Decimal),
        question(Nulls::Null, Integers::Decimal),
    ];
    (continuum, questions)
}

/// Layout, rules, where to slice; then a length for each of some keys, of which 255 is a
/// null, and their bytes.
pub fn keys(data: &[u8]) {
    let Some(([layout, rules, from, count], rest)) = data.split_first_chunk() else { return };
    let (lengths, mut bytes) = rest.split_at(usize::from(count % 40).min(rest.len()));
    let mut keys: Vec<Option<&[u8]>> = Vec::new();
    for length in lengths {
        let (key, left) = bytes.split_at(usize::from(length % 24).min(bytes.len()));
        keys.push((*length != 255).then_some(key));
        bytes = left;
    }
    ASKED.with(|cell| {
        let (continuum, questions) = cell.get_or_init(asked);
        let question = &questions[usize::from(rules % 4)];
        ask(continuum, question, keys, *layout, usize::from(*from));
    });
}

fn ask(
    continuum: &Continuum,
    question: &Question,
    mut keys: Vec<Option<&[u8]>>,
    layout: u8,
    from: usize,
) {
    let mut texts: Vec<Option<Vec<u8>>> = Vec::new();
    let column: ArrayRef = match layout % 6 {
        0 => Arc::new(BinaryArray::from_iter(keys.iter().copied())),
        1 => Arc::new(LargeBinaryArray::from_iter(keys.iter().copied())),
        2 => Arc::new(BinaryViewArray::from_iter(keys.iter().copied())),
        3 => {
            keys.iter_mut().flatten().for_each(|key| *key = key.get(..3).unwrap_or(b"abc"));
            Arc::new(
                FixedSizeBinaryArray::try_from_sparse_iter_with_size(keys.iter().copied(), 3)
                    .unwrap(),
            )
        }
        4 => {
            // Codes of three values, the second of them null.
            const VALUES: [Option<&[u8]>; 3] = [Some(b"one"), None, Some(b"three")];
            let values = BinaryArray::from_iter(VALUES);
            let codes = keys.iter().map(|key| key.map(|key| key.len() as i32 % 3));
            let codes: arrow_array::PrimitiveArray<Int32Type> = codes.collect();
            for key in &mut keys {
                *key = key.and_then(|key| VALUES[key.len() % 3]);
            }
            Arc::new(DictionaryArray::new(codes, Arc::new(values)))
        }
        _ => {
            let number = |key: &[u8]| {
                key.iter()
                    .fold(0_i64, |all, byte| all.wrapping_mul(251).wrapping_add((*byte).into()))
            };
            let numbers = keys.iter().map(|key| key.map(number));
            let numbers: Int64Array = numbers.collect();
            texts.extend(numbers.iter().map(|number| {
                number.map(|number| match question.rules().integers {
                    Integers::Bytes => number.to_le_bytes().to_vec(),
                    Integers::Decimal => number.to_string().into_bytes(),
                })
            }));
            let refused = question.rules().integers == Integers::Bytes;
            if refused && numbers.iter().flatten().any(|number| number < 0) {
                assert!(question.answer(&(Arc::new(numbers) as ArrayRef), 0).is_err());
                return;
            }
            Arc::new(numbers)
        }
    };
    if texts.is_empty() {
        texts = keys.iter().map(|key| key.map(<[u8]>::to_vec)).collect();
    }
    let from = from.min(column.len());
    let (column, texts) = (column.slice(from, column.len() - from), &texts[from..]);
    match question.answer(&column, from) {
        Ok(answers) => {
            let answers = answers.as_primitive::<UInt32Type>();
            let wanted =
                texts.iter().map(|key| key.as_ref().and_then(|key| continuum.resolve_index(key)));
            assert!(answers.iter().eq(wanted), "{answers:?} of {texts:?}");
        }
        Err(refusal) => {
            assert!(refusal.to_string().len() > 10, "{refusal}");
            let nulls = question.rules().nulls == Nulls::Error && texts.contains(&None);
            assert!(nulls, "{refusal}");
        }
    }
}
