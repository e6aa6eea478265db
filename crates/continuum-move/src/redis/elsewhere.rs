//! Machines that are dialled at another address than the maps have. The source of `MIGRATE`
//! knows nothing of that: whether what it sends comes to the machine that we ask is seen by
//! the first key.

use super::fate::Fate;
use super::hands::Hands;
use super::refusal::Migrated;
use crate::dial::Address;
use crate::error::Error;

impl Hands<'_> {
    /// Takes keys to a machine one by one until one is seen to have come there: of some of
    /// the first keys what became of them. None where nothing is to be proved.
    ///
    /// # Errors
    /// The source is lost.
    pub(super) fn prove(
        &mut self,
        to: u32,
        database: u32,
        keys: &[Vec<u8>],
    ) -> Result<Vec<Fate>, Error> {
        let mut fates = Vec::new();
        let known_as = self.run.machine(to).known_as.clone();
        let Some((host, port)) = known_as.filter(|_| !self.is_relayed(to)) else {
            return Ok(fates);
        };
        if self.run.machine(to).endpoint.address == Address::Tcp(host.clone(), port) {
            return Ok(fates);
        }
        while fates.len() < keys.len() && !self.proved.contains(&to) {
            let key = &keys[fates.len()..=fates.len()];
            match self.migrate(to, database, key, false)? {
                Migrated::All => {}
                Migrated::Some | Migrated::None => {
                    fates.push(Fate::Vanished);
                    continue;
                }
                // Why is told where the batch is sorted out.
                Migrated::Refused(_) => break,
            }
            match self.of_target(to, database, |target| target.exist(key)).as_deref() {
                Some([true]) => {
                    self.proved.insert(to);
                    fates.push(Fate::Moved);
                }
                told => {
                    if told.is_some() {
                        let (source, name) = (&self.source.name, &self.run.machine(to).name);
                        let stray = format!(
                            "a key that {source} sent to {host}:{port}, the address of {name} in the \
                             files, has not come to the server that --dial names: servers dial each \
                             other by the addresses of the files. Make both the same server, or say \
                             --relay, with which values go through this process"
                        );
                        self.lose(to, &stray);
                    }
                    fates.resize(keys.len(), Fate::Failed);
                }
            }
        }
        Ok(fates)
    }
}
