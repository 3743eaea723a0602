// The reader of recipe files, and of the formats in them: what is accepted reads back the same after it was written.
#include "fuzz/fuzz.hpp"

#include <usps10/recipe_file.hpp>

namespace {

/// A recipe file with all formats of a table.
std::string written(const usps10::RecipeFile& file) {
    nlohmann::ordered_json json{{"recipe", file.recipe}, {"formats", nlohmann::ordered_json::object()}};
    for (const std::string& format : file.formats) {
        const std::size_t equals = format.find('=');
        json["formats"][format.substr(0, equals)] = format.substr(equals + 1);
    }
    return json.dump();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto path = fuzz::scratch().file("recipe.json", fuzz::text_of(data, size));
    auto file = fuzz::accepted([&] { return usps10::read_recipe_file(path); });
    if (!file) return 0;
    const auto formats = fuzz::accepted([&] { return usps10::all_formats(file->formats); });
    if (!formats) return 0;
    file->formats = *formats;
    const usps10::RecipeFile again = usps10::read_recipe_file(fuzz::scratch().file("recipe.json", written(*file)));
    fuzz::require(again.recipe == file->recipe, "another recipe");
    fuzz::require(usps10::all_formats(again.formats) == *formats, "formats that are written read differently");
    return 0;
}
