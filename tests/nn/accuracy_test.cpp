#include "support/catch.hpp"

#include <fxp/nn/accuracy.hpp>
#include <fxp/tensor/float_tensor.hpp>

#include <vector>

namespace accuracy_test {

using fxp::Shape;
using fxp::ShapeError;
using fxp::nn::count_correct;

TEMPLATE_TEST_CASE("a sample counts when its largest logit is at its label, the first of equals", "[nn][accuracy]",
                   (fxp::FxpTensor<8, 24>), (fxp::FxpTensor<4, 4>), (fxp::FloatTensor<float>)) {
    const auto logits = TestType::from_real({3, 4}, {1.0, -2.0, 0.5, 3.0, //
                                                     2.0, -1.0, 0.5, 1.0, //
                                                     0.0, -3.0, 0.5, 3.0});
    CHECK(count_correct(logits, std::vector<int>{1, 1, 0, 0}) == 4);
    CHECK(count_correct(logits, std::vector<int>{1, 1, 1, 2}) == 2);
    CHECK(count_correct(logits, std::vector<int>{2, 0, 2, 1}) == 0);
    CHECK(count_correct(logits, std::vector<int>{1, -1, 3, 0}) == 2); // no class, not a crash
    CHECK(count_correct(TestType(Shape{3, 0}), std::vector<int>{}) == 0);
}

TEST_CASE("there are as many labels as samples", "[nn][accuracy]") {
    using Tensor = fxp::FxpTensor<8, 24>;
    const Tensor logits(Shape{3, 4});
    CHECK_THROWS_AS(count_correct(logits, std::vector<int>(3)), ShapeError);
    CHECK_THROWS_AS(count_correct(logits, std::vector<int>(5)), ShapeError);
    CHECK_THROWS_WITH(count_correct(logits, std::vector<int>(12)),
                      Catch::Matchers::ContainsSubstring("12 labels for logits of shape (3, 4), expected 4"));
    CHECK_THROWS_AS(count_correct(Tensor(Shape{4}), std::vector<int>(4)), ShapeError);
    CHECK_THROWS_AS(count_correct(Tensor(Shape{0, 4}), std::vector<int>(4)), ShapeError);
}

} // namespace accuracy_test
