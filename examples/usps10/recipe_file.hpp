// Recipe files: a recipe's name and the formats of its roles, as fxp_formats writes them.
#pragma once

#include <fxp/io/atomic_file.hpp>
#include <fxp/recipes/format_table.hpp>

#include <nlohmann/json.hpp>

#include <filesystem>
#include <string>
#include <vector>

namespace usps10 {

/// {"recipe": NAME, "formats": {ROLE: "WORD.FRACTION[:RANGE][:ROUNDING]", ...}}; other members are notes.
struct RecipeFile {
    std::string recipe;
    std::vector<std::string> formats; ///< "ROLE=WORD.FRACTION[:RANGE][:ROUNDING]"
};

/// Throws DataError when the file cannot be read or is not of this form; the formats are looked at by who uses them.
inline RecipeFile read_recipe_file(const std::filesystem::path& path) {
    RecipeFile result;
    try {
        const auto json = nlohmann::json::parse(fxp::read_file(path));
        result.recipe = json.at("recipe").get<std::string>();
        for (const auto& [role, format] : json.at("formats").items()) {
            result.formats.push_back(role + "=" + format.get<std::string>());
        }
    } catch (const nlohmann::json::exception& error) {
        throw fxp::DataError(path.string() + ": not a recipe file: " + fxp::detail::printable(error.what(), 200) +
                             R"(, expected {"recipe": NAME, "formats": {ROLE: "WORD.FRACTION:RANGE:ROUNDING", ...}})");
    }
    return result;
}

/// The formats of all roles after choices, in the order of FormatTable::roles. Throws ArgumentError for choices that
/// FormatTable refuses.
inline fxp::recipes::FormatTable format_table(const std::vector<std::string>& choices) {
    fxp::recipes::FormatTable table;
    for (const std::string& choice : choices) table.assign(choice);
    table.check();
    return table;
}
inline std::vector<std::string> all_formats(const std::vector<std::string>& choices) {
    const fxp::recipes::FormatTable table = format_table(choices);
    std::vector<std::string> all;
    for (const std::string_view role : fxp::recipes::FormatTable::roles) {
        const fxp::recipes::RoleFormat chosen = *table.find(role);
        all.push_back(std::string(role) + "=" + (table.is_rounded(role) ? chosen.to_string() : chosen.format_text()));
    }
    return all;
}

} // namespace usps10
