// Catch2, 2.13 or 3.x, under the names both can offer: Approx without a namespace, matchers as Catch::Matchers::Name
// (for text: ContainsSubstring, StartsWith, EndsWith, Equals).
#pragma once

#if __has_include(<catch2/catch_test_macros.hpp>)

#include <catch2/catch_approx.hpp>
#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/catch_tostring.hpp>
#include <catch2/generators/catch_generators_all.hpp>
#include <catch2/matchers/catch_matchers_all.hpp>

using Catch::Approx;

#else

#include <catch2/catch.hpp> // declares Approx for everyone

#include <string>

namespace Catch::Matchers {

inline auto ContainsSubstring(const std::string& part) { return Contains(part); }

} // namespace Catch::Matchers

#endif
