// The reader of what a checkpoint says of its run: the input is that metadata. What it accepts is in bounds and reads
// back the same after it was written.
#include "fuzz/fuzz.hpp"

#include <usps10/checkpoint.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fxp::Safetensors file;
    file.metadata[usps10::run_key] = fuzz::text_of(data, size);
    const auto state = fuzz::accepted([&] { return usps10::run_state(file, "checkpoint"); });
    if (!state) return 0;
    fuzz::require(usps10::in_bounds(state->settings), "settings out of bounds");
    const std::string text = nlohmann::json(*state).dump();
    file.metadata[usps10::run_key] = text;
    fuzz::require(nlohmann::json(usps10::run_state(file, "checkpoint")).dump() == text,
                  "a state that is written reads differently");
    return 0;
}
