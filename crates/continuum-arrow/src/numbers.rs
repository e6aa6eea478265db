//! Numbers of owners, into memory that is there.

use arrow_array::cast::AsArray as _;
use arrow_array::types::UInt32Type;
use arrow_array::{Array, ArrayRef, UInt32Array};
use arrow_schema::DataType;
use continuum::{Continuum, NO_OWNER};

use crate::visit::{counted, first_null, gathered, one_column, plain};
use crate::{Integers, Nulls, Refusal, Rules};

/// The numbers of the owners of an array's keys, [`NO_OWNER`] where there is none. `from`
/// is the number of its first row among all, for errors; `owners` is as long as the array.
///
/// # Errors
/// The type holds no keys, an integer does not fit, or a key is null, unless the rules let
/// nobody own it.
///
/// # Panics
/// When `owners` is not as long as `keys`.
pub fn resolve_into(
    continuum: &Continuum,
    keys: &ArrayRef,
    rules: Rules,
    from: usize,
    owners: &mut [u32],
) -> Result<(), Refusal> {
    assert_eq!(keys.len(), owners.len(), "as many owners as keys");
    let keys = one_column(keys)?;
    if rules.nulls == Nulls::Error
        && let Some(row) = first_null(&*keys)
    {
        return Err(Refusal::Null(from + row));
    }
    let resolved = resolve_any(continuum, &*keys, rules.integers, owners);
    resolved.map_err(|refusal| counted(refusal, &*keys, from))?;
    let nulls = keys.logical_nulls().filter(|nulls| nulls.null_count() > 0);
    if let Some(nulls) = nulls {
        for (owner, is_key) in owners.iter_mut().zip(nulls.iter()) {
            *owner = if is_key { *owner } else { NO_OWNER };
        }
    }
    Ok(())
}

/// As `resolve_into`. Who owns what stands in a null row does not matter.
pub(crate) fn resolve_any(
    continuum: &Continuum,
    keys: &dyn Array,
    integers: Integers,
    owners: &mut [u32],
) -> Result<(), Refusal> {
    match keys.data_type() {
        DataType::Null => Ok(()),
        DataType::Dictionary(_, _) => {
            let keys = keys.as_any_dictionary();
            let values = keys.values();
            // Each value is asked for once, and none that has no row for nothing.
            if values.len() > keys.len() {
                let rows = gathered(values, keys.keys())?;
                return resolve_any(continuum, &*rows, integers, owners);
            }
            let mut of_values = vec![NO_OWNER; values.len()];
            resolve_any(continuum, values, integers, &mut of_values)?;
            let of_rows = gathered(&UInt32Array::from(of_values), keys.keys())?;
            owners.copy_from_slice(of_rows.as_primitive::<UInt32Type>().values());
            Ok(())
        }
        _ => {
            let nulls = keys.logical_nulls().filter(|nulls| nulls.null_count() > 0);
            plain(keys, nulls.as_ref(), integers, &mut |from, keys| {
                continuum.resolve_all(keys, &mut owners[from..from + keys.len()]);
                Ok(())
            })
        }
    }
}
