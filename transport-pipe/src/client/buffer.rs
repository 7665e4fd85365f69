//! Where bytes stay while they are not the streams' any more and not yet anybody's: all room is in the client itself.
#![expect(unsafe_code, reason = "looking at three arrays as one")]

/// Room for one transfer: something for each of `N` calls, `B` bytes of memory, and a little more.
#[repr(C)]
pub(super) struct Buffer<const EACH: usize, const N: usize, const B: usize> {
    calls: [[u8; EACH]; N],
    memory: [u8; B],
    more: [u8; 128],
}

impl<const EACH: usize, const N: usize, const B: usize> Buffer<EACH, N, B> {
    pub(super) const fn new() -> Self {
        Self { calls: [[0; EACH]; N], memory: [0; B], more: [0; 128] }
    }

    /// All of it.
    pub(super) const fn bytes(&mut self) -> &mut [u8] {
        let start = (&raw mut *self).cast();
        // SAFETY: the three are arrays of bytes, one behind the other without padding, and initialised; the slice borrows
        // them as `self` does.
        unsafe { core::slice::from_raw_parts_mut(start, size_of::<Self>()) }
    }
}

/// The bytes that go behind requests, in the order in which they go.
pub(super) struct Payloads<const B: usize> {
    bytes: [u8; B],
    start: usize,
    end: usize,
}

impl<const B: usize> Payloads<B> {
    pub(super) const fn new() -> Self {
        Self { bytes: [0; B], start: 0, end: 0 }
    }

    /// How many more there is room for.
    pub(super) const fn room(&self) -> usize {
        B.saturating_sub(self.end.saturating_sub(self.start))
    }

    /// Appends bytes for which there is room.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        if B.saturating_sub(self.end) < bytes.len() {
            self.bytes.copy_within(self.start..self.end, 0);
            self.end = self.end.saturating_sub(self.start);
            self.start = 0;
        }
        let end = self.end.saturating_add(bytes.len());
        if let Some(to) = self.bytes.get_mut(self.end..end) {
            to.copy_from_slice(bytes);
            self.end = end;
        }
    }

    /// So many bytes, from an offset from the first.
    pub(super) fn get(&self, offset: usize, length: usize) -> &[u8] {
        let start = self.start.saturating_add(offset);
        self.bytes.get(start..start.saturating_add(length)).unwrap_or_default()
    }

    /// The first so many bytes are gone.
    pub(super) const fn consume(&mut self, count: usize) {
        self.start = self.start.saturating_add(count);
        if self.start >= self.end {
            (self.start, self.end) = (0, 0);
        }
    }

    /// Takes bytes out that will never be sent.
    pub(super) fn remove(&mut self, offset: usize, length: usize) {
        let from = self.start.saturating_add(offset);
        let behind = from.saturating_add(length);
        if length > 0 && behind <= self.end {
            self.bytes.copy_within(behind..self.end, from);
            self.end = self.end.saturating_sub(length);
        }
    }
}

/// What came ahead of responses, until the callers take it.
pub(super) struct Arrivals<const B: usize> {
    bytes: [u8; B],
    used: usize,
    /// How many places are given out; when none is, all room is free again.
    places: usize,
}

impl<const B: usize> Arrivals<B> {
    pub(super) const fn new() -> Self {
        Self { bytes: [0; B], used: 0, places: 0 }
    }

    /// How many more there is room for.
    pub(super) const fn room(&self) -> usize {
        B.saturating_sub(self.used)
    }

    /// A place for bytes for which there is room.
    pub(super) const fn reserve(&mut self, length: usize) -> usize {
        let place = self.used;
        self.used = self.used.saturating_add(length);
        self.places = self.places.saturating_add(1);
        place
    }

    /// Gives a place back.
    pub(super) const fn release(&mut self) {
        self.places = self.places.saturating_sub(1);
        if self.places == 0 {
            self.used = 0;
        }
    }

    pub(super) fn put(&mut self, place: usize, bytes: &[u8]) {
        if let Some(to) = self.bytes.get_mut(place..place.saturating_add(bytes.len())) {
            to.copy_from_slice(bytes);
        }
    }

    pub(super) fn get(&self, place: usize, length: usize) -> &[u8] {
        self.bytes.get(place..place.saturating_add(length)).unwrap_or_default()
    }
}
