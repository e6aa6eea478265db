//! What is asked of each key of a column.

use std::sync::Arc;

use arrow_array::cast::AsArray as _;
use arrow_array::{
    Array, ArrayRef, BooleanArray, FixedSizeBinaryArray, ListArray, StructArray, UInt64Array,
    new_null_array,
};
use arrow_buffer::{BooleanBuffer, Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow_schema::{DataType, Field, FieldRef, Fields};
use arrow_select::concat::concat;
use continuum::{Continuum, NO_OWNER};

use crate::names::Names;
use crate::numbers::resolve_any;
use crate::visit::{counted, first_null, gathered, one_column, plain};
use crate::{Answer, Integers, Nulls, Refusal, Rules};

/// A question, ready to be put to any number of arrays.
///
/// Arrays hold strings, binaries (of fixed size too) or integers, large ones and views among them,
/// or they are dictionaries of these, of which each value is asked for once. A struct of
/// one column stands for the column.
pub struct Question {
    rules: Rules,
    asked: Asked,
}

enum Asked {
    /// Who owns it.
    Owner { continuum: Continuum, names: Names },
    /// Where its copies go.
    Copies { continuum: Continuum, names: Names, n: usize, zones: bool },
    /// Where it lies; in 128 bits if it needs them.
    Position { continuum: Continuum, wide: bool },
    /// Whether a change moves it, from where and to where. For each old server its new
    /// number.
    Moved { old: Continuum, new: Continuum, from: Names, to: Names, same: Vec<u32> },
}

impl Question {
    /// Who owns each key: a column of servers, null where nobody does.
    #[must_use]
    pub fn owner(continuum: Continuum, answer: Answer, rules: Rules) -> Self {
        let names = Names::of(continuum.servers(), answer);
        Self { rules, asked: Asked::Owner { continuum, names } }
    }

    /// Where n copies of each key go: a column of lists of servers, the first
    /// [candidates](Continuum::candidates), or with `zones` the
    /// [copies in zones](Continuum::copies_in_zones).
    #[must_use]
    pub fn copies(
        continuum: Continuum,
        n: usize,
        zones: bool,
        answer: Answer,
        rules: Rules,
    ) -> Self {
        let names = Names::of(continuum.servers(), answer);
        // No key has more copies than there are servers.
        let n = n.min(continuum.servers().len());
        Self { rules, asked: Asked::Copies { continuum, names, n, zones } }
    }

    /// Where each key lies in the space of the scheme's hash: a column of uint64, or under
    /// a hash of 128 bits of sixteen big-endian bytes, which have the order of the numbers.
    ///
    /// # Errors
    /// The scheme hashes key and server together.
    pub fn position(continuum: Continuum, rules: Rules) -> Result<Self, Refusal> {
        // Hashes of 128 bits are even: of so many keys not all lie in the lowest 2^64.
        let mut positions = (0_u64..64).map(|key| continuum.position(key.to_le_bytes()));
        if continuum.position(b"key").is_none() {
            return Err(Refusal::NoPositions(continuum.scheme().to_string()));
        }
        let wide = positions.any(|position| position > Some(u128::from(u64::MAX)));
        Ok(Self { rules, asked: Asked::Position { continuum, wide } })
    }

    /// Whether a change moves each key, from where and to where: a column of structs of
    /// `moved`, `from` and `to`. Servers are the same where their identities are.
    #[must_use]
    pub fn moved(old: Continuum, new: Continuum, answer: Answer, rules: Rules) -> Self {
        let (from, to) = (Names::of(old.servers(), answer), Names::of(new.servers(), answer));
        let mut places: Vec<_> = (0_u32..).zip(new.servers().iter()).collect();
        places.sort_by_cached_key(|(_, server)| server.identity().into_owned());
        let number = |identity: &str| {
            let found = places.binary_search_by(|(_, server)| (*server.identity()).cmp(identity));
            found.map_or(NO_OWNER, |at| places[at].0)
        };
        let same = old.servers().iter().map(|server| number(&server.identity())).collect();
        Self { rules, asked: Asked::Moved { old, new, from, to, same } }
    }

    /// The name and type of the answers.
    #[must_use]
    pub fn field(&self) -> FieldRef {
        Arc::new(self.asked.field())
    }

    /// How keys are read.
    #[must_use]
    pub fn rules(&self) -> Rules {
        self.rules
    }

    /// One answer for each row of an array, whose first is the row `from` of all.
    ///
    /// # Errors
    /// The type holds no keys, a key is refused by the rules, or nothing owns anything.
    pub fn answer(&self, keys: &ArrayRef, from: usize) -> Result<ArrayRef, Refusal> {
        let keys = one_column(keys)?;
        if self.rules.nulls == Nulls::Error
            && let Some(row) = first_null(&*keys)
        {
            return Err(Refusal::Null(from + row));
        }
        self.answer_any(&*keys).map_err(|refusal| counted(refusal, &*keys, from))
    }

    fn answer_any(&self, keys: &dyn Array) -> Result<ArrayRef, Refusal> {
        match keys.data_type() {
            // No value at all.
            DataType::Null => match self.asked.field().data_type() {
                DataType::Struct(fields) => {
                    let column = |field: &FieldRef| new_null_array(field.data_type(), keys.len());
                    let columns = fields.iter().map(column).collect();
                    Ok(Arc::new(StructArray::try_new(fields.clone(), columns, None)?))
                }
                kind => Ok(new_null_array(kind, keys.len())),
            },
            DataType::Dictionary(_, _) => {
                let keys = keys.as_any_dictionary();
                let values = keys.values();
                // Each value is asked for once, and none that has no row for nothing.
                if values.len() > keys.len() {
                    return self.answer_any(&*gathered(values, keys.keys())?);
                }
                by_rows(&*self.answer_any(values)?, keys.keys())
            }
            _ => {
                let nulls = keys.logical_nulls().filter(|nulls| nulls.null_count() > 0);
                self.asked.answer(keys, nulls, self.rules.integers)
            }
        }
    }
}

/// Answers to one question behind one another, as if all keys had been one array.
///
/// # Errors
/// They are of different questions, or more than an array holds.
pub fn joined(answers: &[ArrayRef]) -> Result<ArrayRef, Refusal> {
    let lists = answers.iter().filter_map(|answer| answer.as_list_opt::<i32>());
    if i32::try_from(lists.map(|lists| lists.values().len()).sum::<usize>()).is_err() {
        return Err(Refusal::TooMany(answers.iter().map(|answer| answer.len()).sum()));
    }
    let answers: Vec<&dyn Array> = answers.iter().map(|answer| &**answer).collect();
    Ok(concat(&answers)?)
}

impl Asked {
    fn field(&self) -> Field {
        match self {
            Self::Owner { names, .. } => Field::new("owner", names.kind(), true),
            Self::Copies { names, .. } => Field::new("copies", DataType::List(item(names)), true),
            Self::Position { wide: false, .. } => Field::new("position", DataType::UInt64, true),
            Self::Position { wide: true, .. } => {
                Field::new("position", DataType::FixedSizeBinary(16), true)
            }
            Self::Moved { from, to, .. } => {
                Field::new("moved", DataType::Struct(moved_fields(from, to)), true)
            }
        }
    }

    /// Answers keys that are in no dictionary.
    fn answer(
        &self,
        keys: &dyn Array,
        nulls: Option<NullBuffer>,
        integers: Integers,
    ) -> Result<ArrayRef, Refusal> {
        let owners = |continuum: &Continuum| {
            let mut owners = vec![NO_OWNER; keys.len()];
            resolve_any(continuum, keys, integers, &mut owners)?;
            Ok::<_, Refusal>(owners)
        };
        match self {
            Self::Owner { continuum, names } => {
                let owners = owners(continuum)?;
                let is_key = |row: usize| nulls.as_ref().is_none_or(|nulls| nulls.is_valid(row));
                let first = (0..owners.len()).find(|row| is_key(*row));
                if first.is_some_and(|row| owners[row] == NO_OWNER) && owns_nothing(continuum) {
                    return Err(Refusal::Empty);
                }
                Ok(names.column(owners, nulls))
            }
            Self::Copies { continuum, names, n, zones } => {
                let (copies, ends) = copies(continuum, keys, nulls.as_ref(), integers, *n, *zones)?;
                let offsets = OffsetBuffer::new(ScalarBuffer::from(ends));
                let items = names.column(copies, None);
                Ok(Arc::new(ListArray::try_new(item(names), offsets, items, nulls)?))
            }
            Self::Position { continuum, wide } => {
                positions(continuum, *wide, keys, nulls, integers)
            }
            Self::Moved { old, new, from, to, same } => {
                let (before, after) = (owners(old)?, owners(new)?);
                let stays = |(before, after): (&u32, &u32)| match same.get(*before as usize) {
                    // Of an old server that is gone.
                    Some(&NO_OWNER) => false,
                    Some(number) => number == after,
                    None => *after == NO_OWNER,
                };
                let moves = before.iter().zip(&after).map(|pair| !stays(pair));
                let moves = BooleanArray::new(BooleanBuffer::from_iter(moves), nulls.clone());
                let columns: Vec<ArrayRef> = vec![
                    Arc::new(moves),
                    from.column(before, nulls.clone()),
                    to.column(after, nulls),
                ];
                Ok(Arc::new(StructArray::try_new(moved_fields(from, to), columns, None)?))
            }
        }
    }
}

/// The answers to values in the order of the rows. Of structs each field is null where the
/// key is, so that the rows may stand in a table, which has no null rows.
fn by_rows(answers: &dyn Array, codes: &dyn Array) -> Result<ArrayRef, Refusal> {
    let Some(answers) = answers.as_struct_opt() else { return gathered(answers, codes) };
    let columns = answers.columns().iter().map(|column| gathered(&**column, codes));
    let columns = columns.collect::<Result<Vec<_>, _>>()?;
    Ok(Arc::new(StructArray::try_new(answers.fields().clone(), columns, None)?))
}

/// Whether no key has an owner.
fn owns_nothing(continuum: &Continuum) -> bool {
    continuum.ownership().shares().iter().all(|share| *share == 0.0)
}

/// The copies of all keys behind one another, and where those of each end.
fn copies(
    continuum: &Continuum,
    keys: &dyn Array,
    nulls: Option<&NullBuffer>,
    integers: Integers,
    n: usize,
    zones: bool,
) -> Result<(Vec<u32>, Vec<i32>), Refusal> {
    let mut copies = Vec::with_capacity(keys.len().saturating_mul(n));
    let mut ends = Vec::with_capacity(keys.len() + 1);
    ends.push(0);
    plain(keys, nulls, integers, &mut |from, keys| {
        for index in 0..keys.len() {
            let key = keys.get(index);
            let is_null = nulls.is_some_and(|nulls| nulls.is_null(from + index));
            if !is_null && zones {
                let mut walk = continuum.copies_in_zones(key, n);
                copies.extend(std::iter::from_fn(|| walk.next_index()));
            } else if !is_null {
                let mut walk = continuum.candidates(key);
                copies.extend(std::iter::from_fn(|| walk.next_index()).take(n));
            }
            let end = i32::try_from(copies.len());
            ends.push(end.map_err(|_| Refusal::TooMany(from + index + 1))?);
        }
        Ok(())
    })?;
    Ok((copies, ends))
}

fn positions(
    continuum: &Continuum,
    wide: bool,
    keys: &dyn Array,
    nulls: Option<NullBuffer>,
    integers: Integers,
) -> Result<ArrayRef, Refusal> {
    let mut positions = Vec::with_capacity(keys.len());
    plain(keys, nulls.as_ref(), integers, &mut |_, keys| {
        let position = |index| continuum.position(keys.get(index)).unwrap_or(0);
        positions.extend((0..keys.len()).map(position));
        Ok(())
    })?;
    if wide {
        let bytes: Vec<u8> = positions.iter().flat_map(|position| position.to_be_bytes()).collect();
        return Ok(Arc::new(FixedSizeBinaryArray::try_new(16, Buffer::from_vec(bytes), nulls)?));
    }
    let narrow = positions.into_iter().map(u64::try_from).collect::<Result<Vec<_>, _>>();
    let narrow = narrow.map_err(|_| {
        Refusal::Failed("a position has more bits than those of other keys".to_owned())
    })?;
    Ok(Arc::new(UInt64Array::new(ScalarBuffer::from(narrow), nulls)))
}

fn item(names: &Names) -> FieldRef {
    Arc::new(Field::new("item", names.kind(), true))
}

fn moved_fields(from: &Names, to: &Names) -> Fields {
    Fields::from(vec![
        Field::new("moved", DataType::Boolean, true),
        Field::new("from", from.kind(), true),
        Field::new("to", to.kind(), true),
    ])
}
