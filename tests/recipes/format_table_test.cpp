#include "support/catch.hpp"

#include <fxp/autograd/role.hpp>
#include <fxp/recipes/run_time.hpp>

#include <string>

namespace format_table_test {

using fxp::Format;
using fxp::Part;
using fxp::Range;
using fxp::Role;
using fxp::Rounding;
using fxp::recipes::FormatTable;
using fxp::recipes::RunTime;

TEST_CASE("a format table takes what a command line says of a role", "[recipes]") {
    FormatTable table;
    CHECK(table.weight.to_string() == "16.12:stochastic");
    table.assign("weight=24.12:nearest_up");
    CHECK(table.weight.format == Format{12, 12});
    CHECK(table.weight.rounding == Rounding::nearest_up);
    table.assign("activation=16.8");
    CHECK(table.activation.format == Format{8, 8});
    CHECK(table.activation.rounding == Rounding::nearest_even);
    table.assign("error=8.-2");
    CHECK(table.error.format == Format{10, -2});
    table.assign("moment=64.60");
    CHECK(table.moment.format == Format{4, 60});
    CHECK(table.widest() == 24);
    table.assign("weight=8.6:full:stochastic");
    CHECK(table.weight.format == Format{2, 6, Range::full});
    CHECK(table.weight.rounding == Rounding::stochastic);
    CHECK(table.weight.to_string() == "8.6:full:stochastic");
    table.assign("weight=8.5:floor:full");
    CHECK(table.weight.to_string() == "8.5:full:floor");
    table.assign("weight=8.6:full");
    CHECK(table.weight.to_string() == "8.6:full:floor");
    table.assign("weight=8.6"); // a format is symmetric unless it says otherwise, whatever the one before was
    CHECK(table.weight.format == Format{2, 6});
    table.assign("weight=8.6:symmetric");
    CHECK(table.weight.to_string() == "8.6:floor");
    table.assign("logit=8.3:full");
    CHECK(table.logit.format_text() == "8.3:full");
    table.assign("second_moment=48.46:full");
    CHECK(table.second_moment.format == Format{2, 46, Range::full});
    for (const std::string_view role : FormatTable::roles) CHECK(table.find(role));
    CHECK_FALSE(table.find("weights"));
}

TEST_CASE("a gradient without a format holds every product of an error and an activation", "[recipes]") {
    FormatTable table;
    CHECK(table.gradient_or_exact().format == Format{62 - 25, 25}); // errors <3, 13>, activations <4, 12>
    table.assign("loss=16.14");
    CHECK(table.gradient_or_exact().format.frac_bits == 26);
    table.assign("gradient=32.20:stochastic");
    CHECK(table.gradient_or_exact().to_string() == "32.20:stochastic");
    CHECK(table.find("gradient")->format == Format{12, 20});
    table.assign("gradient=32.20:full");
    CHECK(table.gradient_or_exact().to_string() == "32.20:full:stochastic");
}

TEST_CASE("a format table refuses what no role can have, and says what it expected", "[recipes]") {
    const std::string text =
        GENERATE("weight", "weight=", "weight=16", "weight=16.", "weight=.13", "weight=16.13:", "weight=16.13:rounded",
                 "weight=1.0", "weight=33.0", "weight=16.1e1", "weight= 16.13", "gradient=65.3", "weight=16.500",
                 "weight=8.6:", "weight=8.6:full:", "weight=8.6:full:full", "weight=8.6:symmetric:full",
                 "weight=8.6:Full", "weight=8.6:floor:full:floor", "logit=8.3:full:floor", "bias=8.3:half",
                 "Weight=16.13", "=16.13", "bias=16.12:floor", "moment=48.40:floor", "logit=16.10:nearest_even", "");
    FormatTable table;
    INFO(text);
    CHECK_THROWS_WITH(table.assign(text), Catch::Matchers::ContainsSubstring("format '" + text + "', expected "));
    CHECK(table == FormatTable{});
}

TEST_CASE("a format table shows what it refuses in one short line", "[recipes]") {
    FormatTable table;
    CHECK_THROWS_WITH(table.assign("weight=16.12\n"),
                      Catch::Matchers::ContainsSubstring("format 'weight=16.12?', expected "));
    CHECK_THROWS_WITH(table.assign(std::string(1000, 'w')),
                      Catch::Matchers::ContainsSubstring("format '" + std::string(64, 'w') + "...', expected "));
}

TEST_CASE("run-time recipes check their tables", "[recipes]") {
    FormatTable table;
    table.assign("activation=16.15");
    CHECK_THROWS_AS(RunTime<std::int16_t>(table), fxp::ArgumentError);
    table.assign("activation=18.12");
    CHECK_THROWS_AS(RunTime<std::int16_t>(table), fxp::ArgumentError);
    const RunTime<std::int32_t> recipe(table);
    CHECK(recipe.format(Role::activation, Part::value) == Format{6, 12});
    CHECK(recipe.format(Role::weight, Part::gradient) == table.gradient_or_exact().format);
    CHECK(recipe.format(Role::logit, Part::contribution) == table.loss.format);
    CHECK(recipe.format(Role::activation, Part::contribution) == table.error.format);
    table.assign("error=8.6:full");
    table.assign("bias=8.5:full");
    const RunTime<std::int32_t> full(table);
    CHECK(full.format(Role::activation, Part::contribution) == Format{2, 6, Range::full});
    CHECK(full.format(Role::activation, Part::gradient).includes(Format{2, 6, Range::full}));
    CHECK(full.format(Role::bias, Part::value) == Format{3, 5, Range::full});
    CHECK(full.format(Role::weight, Part::value).range == Range::symmetric);
    CHECK(recipe.rounding(fxp::RoundingPlace::update, "adam.w") == Rounding::stochastic);
    CHECK(recipe.rounding(fxp::RoundingPlace::backward, "slope") == Rounding::nearest_even);
    CHECK(recipe.rounding(fxp::RoundingPlace::forward, "matmul") == Rounding::nearest_even);
}

} // namespace format_table_test
