#include "support/catch.hpp"

#include <fxp/tensor/shape.hpp>

#include <string>

namespace shape_test {

using Catch::Matchers::ContainsSubstring;
using fxp::Shape;
using fxp::ShapeError;

TEST_CASE("shapes count their elements", "[tensor][shape]") {
    CHECK(Shape{}.size() == 1);
    CHECK(Shape{}.rank() == 0);
    CHECK(Shape{7}.size() == 7);
    CHECK(Shape{2, 3, 4, 5}.size() == 120);
    CHECK(Shape{2, 0, 4}.size() == 0);
    CHECK(Shape{2, 3, 4, 5}.product(1, 3) == 12);
    CHECK(Shape{2, 3, 4, 5}.product(2, 2) == 1);
    Shape shape{2, 3};
    shape[1] = 9;
    CHECK(shape == Shape{2, 9});
    CHECK_THROWS_AS((Shape{1, 1, 1, 1, 1}), ShapeError);
}

TEST_CASE("a shape of more elements than a product of extents can hold is named", "[tensor][shape]") {
    const std::size_t most = Shape::max_size;
    CHECK(Shape{most}.size() == most);
    CHECK(Shape{most / 2, 1, 2}.size() == most);
    CHECK(Shape{0, most}.size() == 0);
    CHECK_THROWS_AS(Shape{most + 1}, ShapeError);
    CHECK_THROWS_AS((Shape{most / 2, 3}), ShapeError);
    CHECK_THROWS_AS((Shape{3, most / 2}), ShapeError);
    CHECK_THROWS_AS((Shape{most, most, 0}), ShapeError); // products of some of its axes would overflow
    CHECK_THROWS_WITH((Shape{4294967296, 4294967296}),
                      ContainsSubstring("shape: (4294967296, 4294967296) has too many elements"));
}

TEST_CASE("shapes are equal in rank and extents", "[tensor][shape]") {
    CHECK(Shape{2, 3} == Shape{2, 3});
    CHECK_FALSE(Shape{2, 3} == Shape{3, 2});
    CHECK_FALSE(Shape{2, 3} == Shape{2, 3, 1});
    CHECK_FALSE(Shape{} == Shape{1});
}

TEST_CASE("shapes as text", "[tensor][shape]") {
    CHECK(Shape{}.to_string() == "()");
    CHECK(Shape{10, 128}.to_string() == "(10, 128)");
}

TEST_CASE("operands stretch along extents of one", "[tensor][shape]") {
    const auto both = [](const Shape& a, const Shape& b) {
        const Shape result = fxp::broadcast("op", a, b);
        CHECK(fxp::broadcast("op", b, a) == result);
        return result;
    };
    CHECK(both({2, 3}, {2, 3}) == Shape{2, 3});
    CHECK(both({2, 1}, {2, 3}) == Shape{2, 3});
    CHECK(both({1, 3}, {2, 3}) == Shape{2, 3});
    CHECK(both({2, 1}, {1, 3}) == Shape{2, 3});
    CHECK(both({}, {2, 3, 4, 5}) == Shape{2, 3, 4, 5});
    CHECK(both({1}, {2, 3}) == Shape{2, 3});
    CHECK(both({1, 1}, {}) == Shape{1, 1});
    CHECK_THROWS_AS(fxp::broadcast("op", {2, 3}, {3, 2}), ShapeError);
    CHECK_THROWS_AS(fxp::broadcast("op", {2, 3}, {3}), ShapeError);
    CHECK_THROWS_WITH(fxp::broadcast("add", {2, 3}, {4, 3}),
                      ContainsSubstring("add") && ContainsSubstring("(2, 3)") && ContainsSubstring("(4, 3)"));
}

TEST_CASE("an axis beyond the rank is named", "[tensor][shape]") {
    CHECK_NOTHROW(fxp::check_axis("op", {2, 3}, 1));
    CHECK_THROWS_WITH(fxp::check_axis("slice", {2, 3}, 2),
                      ContainsSubstring("slice") && ContainsSubstring("axis 2") && ContainsSubstring("(2, 3)"));
    CHECK_THROWS_AS(fxp::check_axis("op", {}, 0), ShapeError);
}

} // namespace shape_test
