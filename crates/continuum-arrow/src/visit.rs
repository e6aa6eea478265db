//! The keys of one array, block by block, copied only where they do not lie as the core
//! takes them.

use std::io::Write as _;

use arrow_array::cast::AsArray as _;
use arrow_array::types::{ByteArrayType, ByteViewType};
use arrow_array::{
    Array, ArrayRef, GenericByteArray, GenericByteViewArray, StructArray, downcast_integer_array,
    make_array, new_empty_array,
};
use arrow_buffer::{Buffer, NullBuffer, ScalarBuffer};
use arrow_schema::DataType;
use arrow_select::take::{TakeOptions, take};
use continuum::Keys;

use crate::{Integers, Refusal};

/// Keys that are gathered at a time: they are still in the cache when they are hashed.
const BLOCK: usize = 1 << 14;

/// Is given the number of the first key of a block, and the block.
pub type Visit<'v> = dyn FnMut(usize, Keys<'_>) -> Result<(), Refusal> + 'v;

/// Gives every key of an array to a function, block by block and in order. What stands in
/// a null row is some key: who asks for nulls finds them in the array. A dictionary's
/// values are given in the order of its rows.
///
/// # Errors
/// The type holds no keys, an integer does not fit, or the function refuses.
pub fn visit(array: &dyn Array, integers: Integers, give: &mut Visit<'_>) -> Result<(), Refusal> {
    match array.data_type() {
        DataType::Null => (0..array.len()).step_by(BLOCK).try_for_each(|from| {
            give(from, (&vec![&b""[..]; BLOCK.min(array.len() - from)]).into())
        }),
        DataType::Dictionary(_, _) => {
            let array = array.as_any_dictionary();
            visit(&*gathered(array.values(), array.keys())?, integers, give)
        }
        _ => {
            let nulls = array.logical_nulls().filter(|nulls| nulls.null_count() > 0);
            plain(array, nulls.as_ref(), integers, give)
        }
    }
}

/// Refuses a type that holds no keys, before there is an array of it.
///
/// # Errors
/// The type is not one of strings, binaries and integers, of a dictionary of these, or of
/// a struct of one of them.
pub fn check_kind(kind: &DataType, integers: Integers) -> Result<(), Refusal> {
    match kind {
        DataType::Dictionary(_, values) => check_kind(values, integers),
        DataType::Struct(fields) if fields.len() == 1 => {
            check_kind(fields[0].data_type(), integers)
        }
        DataType::Null => Ok(()),
        _ => plain(&*new_empty_array(kind), None, integers, &mut |_, _| Ok(())),
    }
}

/// The first row without a key.
pub(crate) fn first_null(array: &dyn Array) -> Option<usize> {
    let nulls = array.logical_nulls().filter(|nulls| nulls.null_count() > 0)?;
    (0..nulls.len()).find(|row| nulls.is_null(*row))
}

/// A refusal of keys with the number of its row among all; `from` is the first of these.
pub(crate) fn counted(refusal: Refusal, keys: &dyn Array, from: usize) -> Refusal {
    match refusal {
        Refusal::Negative(row) => Refusal::Negative(from + first_negative(keys).unwrap_or(row)),
        other => other,
    }
}

/// The first row with a number below 0, of a dictionary too.
fn first_negative(keys: &dyn Array) -> Option<usize> {
    if let Some(dictionary) = keys.as_any_dictionary_opt() {
        return first_negative(&*gathered(dictionary.values(), dictionary.keys()).ok()?);
    }
    downcast_integer_array!(
        keys => (0..keys.len()).find(|row| keys.is_valid(*row) && i128::from(keys.value(*row)) < 0),
        _ => None
    )
}

/// A field of a struct, as the rows have it: where the struct is null, it is null too.
///
/// # Errors
/// The array breaks Arrow's rules.
///
/// # Panics
/// When there are fewer fields.
pub fn within(rows: &StructArray, field: usize) -> Result<ArrayRef, Refusal> {
    let column = rows.column(field);
    let Some(nulls) = rows.nulls().filter(|nulls| nulls.null_count() > 0) else {
        return Ok(column.clone());
    };
    let nulls = NullBuffer::union(Some(nulls), column.nulls());
    Ok(make_array(column.to_data().into_builder().nulls(nulls).build()?))
}

/// The column of a table that has one; another array as it is.
pub(crate) fn one_column(array: &ArrayRef) -> Result<ArrayRef, Refusal> {
    match array.as_struct_opt() {
        Some(rows) if rows.num_columns() == 1 => within(rows, 0),
        _ => Ok(array.clone()),
    }
}

/// The values of a dictionary in the order of its rows.
pub(crate) fn gathered(values: &dyn Array, codes: &dyn Array) -> Result<ArrayRef, Refusal> {
    // An index behind the end would be a panic.
    let checked = TakeOptions { check_bounds: true };
    Ok(take(values, codes, Some(checked))?)
}

/// As `visit`, of what is no dictionary.
pub(crate) fn plain(
    array: &dyn Array,
    nulls: Option<&NullBuffer>,
    integers: Integers,
    give: &mut Visit<'_>,
) -> Result<(), Refusal> {
    // Offsets of an empty slice need not lie within its values.
    let nothing = array.is_empty();
    match array.data_type() {
        DataType::Utf8 | DataType::Binary | DataType::LargeUtf8 | DataType::LargeBinary
            if nothing =>
        {
            Ok(())
        }
        DataType::Utf8 => small(array.as_string::<i32>(), give),
        DataType::Binary => small(array.as_binary::<i32>(), give),
        DataType::LargeUtf8 => large(array.as_string::<i64>(), give),
        DataType::LargeBinary => large(array.as_binary::<i64>(), give),
        DataType::Utf8View => views(array.as_string_view(), nulls, give),
        DataType::BinaryView => views(array.as_binary_view(), nulls, give),
        DataType::FixedSizeBinary(_) => {
            let array = array.as_fixed_size_binary();
            slices(array.len(), |row| Ok(array.value(row)), give)
        }
        _ => numbers(array, nulls, integers, give),
    }
}

/// Offsets of 32 bits, which are not negative: as such they are taken in place.
fn small<T: ByteArrayType<Offset = i32>>(
    array: &GenericByteArray<T>,
    give: &mut Visit<'_>,
) -> Result<(), Refusal> {
    let offsets = ScalarBuffer::<u32>::from(array.offsets().inner().inner().clone());
    give(0, Keys::packed32(array.value_data(), &offsets)?)
}

/// The same with 64 bits.
fn large<T: ByteArrayType<Offset = i64>>(
    array: &GenericByteArray<T>,
    give: &mut Visit<'_>,
) -> Result<(), Refusal> {
    let offsets = ScalarBuffer::<u64>::from(array.offsets().inner().inner().clone());
    give(0, Keys::packed(array.value_data(), &offsets)?)
}

/// The most bytes that stand in a view itself.
const INLINE: u64 = 12;

/// A view's length, prefix, number of buffer or offset, of 32 bits each.
fn word(view: u128, at: u32) -> u64 {
    u64::try_from(view >> (32 * at) & 0xffff_ffff).unwrap_or(u64::MAX)
}

/// A view of a null row may point anywhere. Who gave the others is not trusted either: to read
/// behind a buffer's end would be the end of the process.
fn views<T: ByteViewType + ?Sized>(
    array: &GenericByteViewArray<T>,
    nulls: Option<&NullBuffer>,
    give: &mut Visit<'_>,
) -> Result<(), Refusal> {
    let (views, buffers) = (array.views(), array.data_buffers());
    slices(
        array.len(),
        |row| {
            if nulls.is_some_and(|nulls| nulls.is_null(row)) {
                return Ok(b"");
            }
            let (view, length) = (views[row], word(views[row], 0));
            let buffer = || buffers.get(usize::try_from(word(view, 2)).ok()?);
            let ends = |buffer: &Buffer| word(view, 3) + length <= buffer.len() as u64;
            if length <= INLINE || buffer().is_some_and(ends) {
                return Ok(array.value(row).as_ref());
            }
            Err(Refusal::Failed(format!("the view of key {row} ends outside of its buffer")))
        },
        give,
    )
}

/// Keys that can be had by number.
fn slices<'k>(
    count: usize,
    key: impl Fn(usize) -> Result<&'k [u8], Refusal>,
    give: &mut Visit<'_>,
) -> Result<(), Refusal> {
    let mut block = Vec::with_capacity(count.min(BLOCK));
    for from in (0..count).step_by(BLOCK) {
        block.clear();
        for row in from..count.min(from + BLOCK) {
            block.push(key(row)?);
        }
        give(from, (&block).into())?;
    }
    Ok(())
}

fn numbers(
    array: &dyn Array,
    nulls: Option<&NullBuffer>,
    integers: Integers,
    give: &mut Visit<'_>,
) -> Result<(), Refusal> {
    downcast_integer_array!(
        array => {
            let values = array.values();
            let (mut bytes, mut ends) = (Vec::new(), Vec::new());
            for from in (0..values.len()).step_by(BLOCK) {
                bytes.clear();
                ends.clear();
                ends.push(0);
                for row in from..values.len().min(from + BLOCK) {
                    // Below a null stands anything, a number without bytes too.
                    let is_null = nulls.is_some_and(|nulls| nulls.is_null(row));
                    let number = if is_null { 0 } else { i128::from(values[row]) };
                    match integers {
                        Integers::Bytes => {
                            let number = u64::try_from(number).map_err(|_| Refusal::Negative(row))?;
                            bytes.extend_from_slice(&number.to_le_bytes());
                        }
                        Integers::Decimal => write!(bytes, "{}", values[row])
                            .map_err(|error| Refusal::Failed(error.to_string()))?,
                    }
                    ends.push(bytes.len() as u64);
                }
                give(from, Keys::packed(&bytes, &ends)?)?;
            }
            Ok(())
        },
        kind => Err(Refusal::Kind(kind.clone()))
    )
}
