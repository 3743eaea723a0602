// The classifier of the trainers: names and order of its parameters, and what it reads.
#include "autograd/finite_difference.hpp"

#include "usps10/image_classifier.hpp"

#include <fxp/nn/initial.hpp>

#include <string>

namespace image_classifier_test {

using namespace fxp_test;
using usps10::ModelKind;
using usps10::ModelSettings;
using Classifier = usps10::ImageClassifier<Double>;

namespace {

constexpr std::size_t height = 3;
constexpr std::size_t width = 2;
constexpr std::size_t classes = 4;
constexpr std::size_t batch = 5;

std::string names(const ModelSettings& settings) {
    const Classifier model(settings, height, width, classes);
    std::string all;
    for (const auto& any : model.parameters()) std::visit([&](const auto* p) { all += p->name() + " "; }, any);
    return all;
}

std::vector<Real> image_rows(unsigned seed) {
    std::vector<Real> rows;
    for (unsigned t = 0; t < height; ++t) rows.push_back(random_tensor({width, batch}, seed + t));
    return rows;
}

/// A parameter by name.
Real& parameter(Classifier& model, const std::string& name) {
    Real* found = nullptr;
    for (const auto& any : model.parameters()) {
        std::visit(
            [&](auto* p) {
                if (p->name() == name) found = &p->value();
            },
            any);
    }
    REQUIRE(found != nullptr);
    return *found;
}

} // namespace

TEST_CASE("the names of a classifier's parameters, in order", "[usps10]") {
    const std::string gates = "Wf Uf bf Wi Ui bi Wo Uo bo Wc Uc bc ";
    CHECK(names({}) == "Wr " + gates + "Wl bl "); // as the published artifact has them
    CHECK(names({ModelKind::lstm, 3, 0, 2}) == "Ur " + gates + "Wl bl ");
    CHECK(names({ModelKind::gru, 3, 0, 0}) == "Wr Ur br Wz Uz bz Wn Un bn bhn Wl bl ");
    CHECK(names({ModelKind::mlp, 3, 0, 0, 2}) == "fc1.weight fc1.bias fc2.weight fc2.bias Wl bl ");
    const std::string deep = names({ModelKind::lstm, 3, 0, 0, 2, true});
    CHECK(deep.find(gates + "back.Wf ") == 0);
    CHECK(deep.find("l1.Wf ") < deep.find("l1.back.Wf "));
}

TEST_CASE("every kind of classifier has logits, and the gradients of finite differences", "[usps10]") {
    for (const ModelSettings& settings : std::vector<ModelSettings>{{ModelKind::lstm, 3, 1, 0, 1, false},
                                                                    {ModelKind::lstm, 3, 0, 2, 2, true},
                                                                    {ModelKind::gru, 3, 1, 2, 2, false},
                                                                    {ModelKind::gru, 3, 0, 0, 1, true},
                                                                    {ModelKind::mlp, 6, 0, 0, 2, false}}) {
        Double arithmetic;
        fxp::Tape<Double> tape(arithmetic);
        Classifier model(settings, height, width, classes);
        fxp::nn::initialize_normal(model, arithmetic, 3, 0.6);
        const std::vector<Real> rows = image_rows(10);
        const Real seed = random_tensor({classes, batch}, 4711);
        const auto logits = [&] {
            tape.clear();
            return model.forward(tape, rows);
        };
        const auto loss = [&] {
            const auto y = logits();
            double total = 0;
            for (std::size_t i = 0; i < seed.size(); ++i) total += seed.data()[i] * y.value().data()[i];
            return total;
        };
        const auto y = logits();
        REQUIRE(y.shape() == seed.shape());
        seed_gradient(arithmetic, y, seed);
        tape.backward(y);
        for (const auto& any : model.parameters()) {
            std::visit(
                [&](auto* p) {
                    const std::vector<double> gradient = p->gradient().to_real();
                    for (std::size_t i = 0; i < gradient.size(); ++i) {
                        double& w = p->value().data()[i];
                        const double at = w;
                        w = at + 1e-5;
                        const double above = loss();
                        w = at - 1e-5;
                        const double below = loss();
                        w = at;
                        INFO(p->name() << " element " << i);
                        CHECK(gradient[i] == Approx((above - below) / 2e-5).margin(1e-6));
                    }
                },
                any);
        }
    }
}

TEST_CASE("a perceptron reads the pixels row by row, and relu ends its hidden layers", "[usps10]") {
    Double arithmetic;
    fxp::Tape<Double> tape(arithmetic);
    Classifier model({ModelKind::mlp, height * width, 0, 0}, height, width, height * width);
    for (std::size_t i = 0; i < height * width; ++i) {
        parameter(model, "fc1.weight").data()[i * (height * width + 1)] = 1; // the identity
        parameter(model, "Wl").data()[i * (height * width + 1)] = 1;
    }
    const std::vector<Real> rows = image_rows(20);
    const auto y = model.forward(tape, rows);
    for (std::size_t t = 0; t < height; ++t) {
        for (std::size_t i = 0; i < width * batch; ++i) {
            CHECK(y.value().data()[t * width * batch + i] == std::max(rows[t].data()[i], 0.0));
        }
    }
}

TEST_CASE("the second direction reads the last row first", "[usps10]") {
    Double arithmetic;
    fxp::Tape<Double> tape(arithmetic);
    Classifier model({ModelKind::gru, 3, 0, 0, 1, true}, height, width, classes);
    fxp::nn::initialize_normal(model, arithmetic, 3, 0.6);
    const std::vector<Real> rows = image_rows(30);
    const Real before = model.forward(tape, rows).value();

    // The cells and their outputs exchanged read the exchanged rows.
    for (const auto& any : model.parameters()) {
        std::visit(
            [&](auto* p) {
                if (p->name().find("back.") == 0) std::swap(p->value(), parameter(model, p->name().substr(5)));
            },
            any);
    }
    Real& wl = parameter(model, "Wl"); // (classes, 6)
    for (std::size_t r = 0; r < classes; ++r)
        std::swap_ranges(&wl.data()[6 * r], &wl.data()[6 * r + 3], &wl.data()[6 * r + 3]);
    const Real after = model.forward(tape, {rows.rbegin(), rows.rend()}).value();
    for (std::size_t i = 0; i < before.size(); ++i) CHECK(after.data()[i] == Approx(before.data()[i]));
    CHECK_FALSE(model.forward(tape, rows).value() == before);
}

TEST_CASE("a classifier has layers, and a kind has a name", "[usps10]") {
    for (const ModelKind kind : {ModelKind::lstm, ModelKind::gru, ModelKind::mlp}) {
        CHECK_THROWS_AS(Classifier({kind, 3, 0, 0, 0}, height, width, classes), fxp::ArgumentError);
    }
    CHECK(usps10::model_kind("lstm") == ModelKind::lstm);
    CHECK(usps10::model_kind("gru") == ModelKind::gru);
    CHECK(usps10::model_kind("mlp") == ModelKind::mlp);
    CHECK_FALSE(usps10::model_kind("").has_value());
    CHECK_FALSE(usps10::model_kind("LSTM").has_value());
}

} // namespace image_classifier_test
