//! Devices that fail: one that loses what was not synced and tears it, one that fills up, one whose calls fail.

use std::io;
use std::sync::{Arc, Mutex};

use keyward_store::{BlockDevice, Devices};

const SECTOR: usize = 512;

/// A small generator of numbers, the same for the same seed.
#[derive(Clone, Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub(crate) fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }
}

/// What the device does besides working.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Plan {
    /// The power goes at this operation: it and all later ones fail.
    pub(crate) power_cut_at: Option<u64>,
    /// This one operation fails if it is a write or a change of length.
    pub(crate) refuse_at: Option<u64>,
    /// From this operation on, syncs fail.
    pub(crate) syncs_fail_from: Option<u64>,
    /// The device holds no more than this.
    pub(crate) capacity: Option<u64>,
}

#[derive(Clone, Debug)]
enum Pending {
    Write(u64, Vec<u8>),
    Length(u64),
}

#[derive(Debug, Default)]
struct Medium {
    lasting: Vec<u8>,
    pending: Vec<Pending>,
    current: Vec<u8>,
    operations: u64,
    plan: Plan,
    dead: bool,
}

/// A disk whose cache can be lost. Clones are the same disk.
#[derive(Clone, Debug, Default)]
pub(crate) struct FaultDisk(Arc<Mutex<Medium>>);

fn put(image: &mut Vec<u8>, offset: u64, data: &[u8]) {
    let start = usize::try_from(offset).unwrap();
    let end = start + data.len();
    if image.len() < end {
        image.resize(end, 0);
    }
    image[start..end].copy_from_slice(data);
}

impl FaultDisk {
    pub(crate) fn from_image(image: Vec<u8>) -> Self {
        let medium = Medium { lasting: image.clone(), current: image, ..Medium::default() };
        Self(Arc::new(Mutex::new(medium)))
    }

    pub(crate) fn plan(&self, plan: Plan) {
        self.0.lock().unwrap().plan = plan;
    }

    pub(crate) fn operations(&self) -> u64 {
        self.0.lock().unwrap().operations
    }

    /// The disk as a reader in the same machine sees it.
    pub(crate) fn image(&self) -> Vec<u8> {
        self.0.lock().unwrap().current.clone()
    }

    /// What is on the disk after the power went: everything that was synced, and of the rest whatever the dice say,
    /// in whatever order, in whole sectors only.
    pub(crate) fn after_power_cut(&self, dice: &mut Dice) -> Vec<u8> {
        let medium = self.0.lock().unwrap();
        let mut image = medium.lasting.clone();
        let mut pending = medium.pending.clone();
        match dice.roll(4) {
            0 => return image,
            1 => {} // all of it, in order
            _ => {
                for index in (1..pending.len()).rev() {
                    let other = usize::try_from(dice.roll(index as u64 + 1)).unwrap();
                    pending.swap(index, other);
                }
            }
        }
        let tears = dice.roll(2) == 0;
        for change in pending {
            match change {
                Pending::Length(length) if dice.roll(4) != 0 => image.resize(usize::try_from(length).unwrap(), 0),
                Pending::Write(offset, data) if !tears => {
                    if dice.roll(4) != 0 {
                        put(&mut image, offset, &data);
                    }
                }
                Pending::Write(offset, data) => {
                    for (index, sector) in data.chunks(SECTOR).enumerate() {
                        if dice.roll(3) != 0 {
                            put(&mut image, offset + (index * SECTOR) as u64, sector);
                        }
                    }
                }
                Pending::Length(_) => {}
            }
        }
        image
    }
}

impl Medium {
    fn step(&mut self, changes: bool) -> io::Result<()> {
        let operation = self.operations;
        self.operations += 1;
        self.dead |= self.plan.power_cut_at.is_some_and(|at| operation >= at);
        if self.dead {
            return Err(io::Error::other("no power"));
        }
        if changes && self.plan.refuse_at == Some(operation) {
            return Err(io::Error::from(io::ErrorKind::StorageFull));
        }
        Ok(())
    }
}

impl BlockDevice for FaultDisk {
    fn len(&self) -> io::Result<u64> {
        let mut medium = self.0.lock().unwrap();
        medium.step(false)?;
        Ok(medium.current.len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let mut medium = self.0.lock().unwrap();
        medium.step(false)?;
        let start = usize::try_from(offset).unwrap();
        let data = medium.current.get(start..start + out.len()).ok_or(io::ErrorKind::UnexpectedEof)?;
        out.copy_from_slice(data);
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let mut medium = self.0.lock().unwrap();
        medium.step(true)?;
        medium.pending.push(Pending::Length(len));
        medium.current.resize(usize::try_from(len).unwrap(), 0);
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut medium = self.0.lock().unwrap();
        let outcome = medium.step(true);
        if outcome.is_err() && medium.dead {
            // The power went while this was being written: some of it may be there.
            medium.pending.push(Pending::Write(offset, data.to_vec()));
        }
        outcome?;
        if medium.plan.capacity.is_some_and(|capacity| offset + data.len() as u64 > capacity) {
            return Err(io::Error::from(io::ErrorKind::StorageFull));
        }
        medium.pending.push(Pending::Write(offset, data.to_vec()));
        put(&mut medium.current, offset, data);
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        let mut medium = self.0.lock().unwrap();
        let operation = medium.operations;
        medium.step(false)?;
        if medium.plan.syncs_fail_from.is_some_and(|from| operation >= from) {
            return Err(io::Error::other("the disk does not answer"));
        }
        let Medium { lasting, pending, .. } = &mut *medium;
        for change in pending.drain(..) {
            match change {
                Pending::Write(offset, data) => put(lasting, offset, &data),
                Pending::Length(length) => lasting.resize(usize::try_from(length).unwrap(), 0),
            }
        }
        Ok(())
    }
}

impl Devices for FaultDisk {
    fn open(&self) -> io::Result<Box<dyn BlockDevice>> {
        Ok(Box::new(self.clone()))
    }
}
