#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| textmill_fuzz::page(data));
