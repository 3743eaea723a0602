// What --format says, one a line: a table that it gives is told in full by its own text.
#include "fuzz/fuzz.hpp"

#include <fxp/recipes/format_table.hpp>

using fxp::recipes::FormatTable;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    FormatTable table;
    for (std::string_view rest = fuzz::text_of(data, size); !rest.empty();) {
        const std::size_t end = std::min(rest.find('\n'), rest.size());
        const FormatTable before = table;
        const auto assigned = fuzz::accepted([&] {
            table.assign(rest.substr(0, end));
            return true;
        });
        fuzz::require(assigned || table == before, "a format that is refused changes the table");
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    FormatTable again;
    for (const std::string_view role : FormatTable::roles) {
        const auto format = table.find(role);
        fuzz::require(format.has_value(), "a role without format");
        if (role == "gradient" && !table.gradient) continue;
        const bool wide = role == "gradient" || role == "moment" || role == "second_moment";
        fuzz::require(format->format.is_valid() && format->format.word_bits() <= (wide ? 64 : 32), "no such word");
        std::string text = std::string(role) + "=" + format->to_string();
        const bool rounds = role != "logit" && role != "bias" && role != "moment" && role != "second_moment";
        again.assign(rounds ? text : text.substr(0, text.find(':')));
    }
    fuzz::require(again == table, "formats that are written read differently");
    fuzz::accepted([&] {
        table.check();
        return true;
    });
    return 0;
}
