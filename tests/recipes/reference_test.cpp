// The reference recipe on USPS10: the published artifact's parameters after 1, 2 and 10 steps, bit for bit.
#include "support/catch.hpp"

#include "usps10/image_classifier.hpp"

#include <fxp/fxp.hpp>

#include <fxp/data/folder.hpp>
#include <fxp/data/image_rows.hpp>
#include <fxp/io/npy.hpp>

#include <algorithm>
#include <filesystem>
#include <numeric>
#include <string>

namespace reference_test {

namespace {

using fxp::Role;
using fxp::recipes::Reference;
using A = fxp::FixedArithmetic<Reference>;
using Tensor = A::Tensor<Role::activation>;

std::vector<std::int32_t> golden(const std::string& folder, const std::string& name) {
    return fxp::read_npy(FXP_TEST_DATA_DIR "/usps10_seed0/" + folder + "/" + name + ".npy").as<std::int32_t>();
}

} // namespace

TEST_CASE("the reference recipe repeats the published run on USPS10", "[recipes]") {
    const std::string folder = FXP_SOURCE_DIR "/data/usps10";
    if (!std::filesystem::exists(folder + "/usps")) {
        WARN("skipped: no USPS10 in " + folder + "; data/setup_usps10.sh puts it there");
        return;
    }
    A arithmetic;
    fxp::Tape<A> tape(arithmetic);
    usps10::ImageClassifier<A> model(usps10::ModelSettings{}, 16, 16, 10);
    const fxp::ImageRows<Tensor> images(fxp::read_folder(folder).train, [&](const auto& shape, auto reals) {
        return arithmetic.from_real<Role::activation>("x", shape, reals);
    });
    const auto each = [&](auto&& f) {
        for (const auto& any : model.parameters()) std::visit(f, any);
    };
    each([](auto* p) {
        const auto raw = golden("init", p->name());
        REQUIRE(raw.size() == p->value().size());
        std::copy(raw.begin(), raw.end(), p->value().data());
    });
    fxp::optim::ReferenceAdam<A> adam(arithmetic, model.parameters(), Reference::optimizer);
    std::vector<Tensor> rows;
    std::vector<int> labels;
    std::vector<std::size_t> indices(Reference::batch);
    for (std::size_t step = 1; step <= 10; ++step) {
        std::iota(indices.begin(), indices.end(), (step - 1) * Reference::batch);
        images.gather(indices, rows);
        images.gather(indices, labels);
        const auto targets =
            arithmetic.from_real<Role::activation>("t", {10, labels.size()}, fxp::nn::scaled_one_hot(labels, 10, 4));
        arithmetic.begin_step(step);
        model.zero_grad();
        tape.clear();
        tape.backward(fxp::nn::mse_loss(model.forward(tape, rows), targets).variable);
        adam.step();
        if (step != 1 && step != 2 && step != 10) continue;
        each([&](const auto* p) {
            const auto raw = golden("step" + std::to_string(step), p->name());
            INFO("step " << step << " parameter " << p->name());
            REQUIRE(std::equal(raw.begin(), raw.end(), p->value().data(), p->value().data() + p->value().size()));
        });
    }
}

} // namespace reference_test
