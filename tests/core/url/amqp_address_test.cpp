#include "core/url/amqp_address.hpp"

#include <gtest/gtest.h>

namespace freshet {
namespace {

TEST(AmqpAddress, FedorasPublicBroker) {
  const auto got = parse_amqp_address("amqps://fedora:@rabbitmq.example.org/%2Fpublic_pubsub");
  ASSERT_TRUE(got);
  const amqp_address expected{true, "rabbitmq.example.org", 5671, true, "fedora",
                              "",   "/public_pubsub"};
  EXPECT_EQ(*got, expected);
}

TEST(AmqpAddress, DefaultsAreAmqps) {
  const auto got = parse_amqp_address("amqp://localhost");
  ASSERT_TRUE(got);
  EXPECT_EQ(*got, (amqp_address{false, "localhost", 5672, false, "guest", "guest", "/"}));
  EXPECT_EQ(parse_amqp_address("amqp://localhost/")->vhost, "/");
  EXPECT_EQ(parse_amqp_address("amqp://localhost/a%2fb")->vhost, "a/b");
}

TEST(AmqpAddress, PlacesAndUsers) {
  const auto six = parse_amqp_address("amqp://[::1]:5673/x");
  ASSERT_TRUE(six);
  EXPECT_EQ(six->host, "::1");
  EXPECT_EQ(six->port, 5673);
  const auto at = parse_amqp_address("amqp://u%40x:p%3a%2F@h:1");
  ASSERT_TRUE(at);
  EXPECT_EQ(at->user, "u@x");
  EXPECT_EQ(at->password, "p:/");
  EXPECT_EQ(parse_amqp_address("amqp://u@h")->password, "");
}

TEST(AmqpAddress, WhatIsNoneSaysWhatIsExpectedAndNeverThePassword) {
  for (const auto* text :
       {"", "http://h", "amqp://", "amqp://:5672", "amqp://h:0", "amqp://h:65536", "amqp://h:x",
        "amqp://[::1", "amqp://[::g]", "amqp://u:secret@h/a/b", "amqp://u:secret@h/%zz",
        "amqp://u:%s@h", "amqp://u:secret@h?x=1", "amqp://u:secret@h/#", "amqp://u:sec ret@h",
        "amqp://u:a%00b@h", "amqp://-h"}) {
    const auto got = parse_amqp_address(text);
    ASSERT_FALSE(got) << text;
    EXPECT_FALSE(got.error().detail.empty()) << text;
    EXPECT_EQ(got.error().text().find("secret"), std::string::npos) << text;
  }
}

TEST(AmqpAddress, PasswordsAreNotShown) {
  EXPECT_EQ(without_password("amqps://u:secret@h/%2Fv"), "amqps://u:***@h/%2Fv");
  EXPECT_EQ(without_password("amqps://u:a@b@h/v"), "amqps://u:***@h/v");
  EXPECT_EQ(without_password("amqps://u:@h/v"), "amqps://u:@h/v");
  EXPECT_EQ(without_password("amqps://u@h/v"), "amqps://u@h/v");
  EXPECT_EQ(without_password("amqps://h/v"), "amqps://h/v");
  EXPECT_EQ(without_password("amqps://u:${file:/run/x}@h/v"), "amqps://u:${file:/run/x}@h/v");
  EXPECT_EQ(without_password("amqps://${env:U}:s${env:P}@h/v"), "amqps://${env:U}:***@h/v");
  EXPECT_EQ(without_password("${file:/etc/url}"), "${file:/etc/url}");
}

}  // namespace
}  // namespace freshet
