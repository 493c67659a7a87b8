# SPDX-License-Identifier: Apache-2.0
from small_tree import SmallTree

import check_pairings

PAIR = """
void send() {
  // [CH-1] release-store; pairs with the acquire-load [CH-2] in recv().
  //        Publishes: the slot.
  stamp.store(1, release);
}
void recv() {
  // [CH-2] acquire-load; pairs with [CH-1].
  stamp.load(acquire);
}
"""


class Pairings(SmallTree):
    def check(self, text):
        self.write("src/sync/chan.cc", text)
        return check_pairings.check(self.root)

    def test_a_pair_passes(self):
        self.assertEqual(self.check(PAIR), [])

    def test_pair_over_two_files(self):
        self.write("src/sync/select.cc",
                   "// [SE-1] acquire; pairs with [chan.cc:CH-3].\nx.load(acquire);\n")
        self.assertEqual(
            self.check("// [CH-3] release; pairs with [select.cc:SE-1].\nx.store(1, release);\n"),
            [])

    def test_operation_without_a_tag(self):
        self.assert_finds(self.check("x.load(relaxed);\n"), "chan.cc:1", "without a tag")
        self.assert_finds(self.check("x.load(std::memory_order_acquire);\n"), "without a tag")
        self.assert_finds(self.check("x.load(detail::acquire);\n"), "without a tag")
        self.assert_finds(self.check("x.cas(a, b, ok ? acq_rel : relaxed);\n"), "without a tag")

    def test_tag_too_far_above(self):
        comment = "// [CH-1] relaxed: statistic.\n"
        self.assertEqual(self.check(comment + "a();\nb();\nx.load(relaxed);\n"), [])
        self.assert_finds(self.check(comment + "a();\nb();\nc();\nx.load(relaxed);\n"),
                          "chan.cc:5")

    def test_long_comment_counts_from_its_end(self):
        self.assertEqual(self.check("// [CH-1] relaxed: statistic,\n" + "// and more.\n" * 6 +
                                    "x.load(relaxed);\n"), [])

    def test_group_of_adjacent_operations(self):
        lines = "x.load(relaxed);\n" * 6
        self.assertEqual(self.check("// [CH-1] relaxed: own thread.\n" + lines), [])

    def test_comment_on_the_same_line(self):
        self.assertEqual(self.check("x.load(relaxed);  // [CH-1] relaxed: own thread\n"), [])
        self.assert_finds(self.check("x.load(relaxed);  // own thread\n"), "without a tag")

    def test_names_that_are_no_orders(self):
        self.assertEqual(self.check(
            "hb::release(cell);\nhb::acquire(w.after);\ns.acquire(3);\nvoid release(int n);\n"
            "// store(1, release)\nputs(\"load(relaxed)\");\nx.load(seq_cst);\n"), [])

    def test_tag_defined_twice(self):
        findings = self.check(PAIR + "// [CH-1] relaxed: another.\nx.load(relaxed);\n")
        self.assert_finds(findings, "[CH-1] is defined already at src/sync/chan.cc:3")

    def test_again_defines_nothing(self):
        self.assertEqual(self.check(PAIR + "// [CH-1] again\nx.store(2, release);\n"), [])

    def test_unknown_partner(self):
        self.assert_finds(
            self.check("// [CH-1] release; pairs with [CH-9] in f().\nx.store(1, release);\n"),
            "[CH-9], which is defined nowhere")

    def test_partner_that_does_not_point_back(self):
        self.assert_finds(
            self.check(PAIR + "// [CH-3] acquire; pairs with [CH-1].\nx.load(acquire);\n"),
            "[CH-3] pairs with [CH-1], which does not name it back")

    def test_neither_partner_nor_reason(self):
        self.assert_finds(self.check("// [CH-1] release: sets the flag.\nx.store(1, release);\n"),
                          "names neither a partner")

    def test_pairs_with_itself(self):
        self.assertEqual(self.check(
            "// [RC-1] acq_rel decrement; pairs with itself.\nx.fetch_sub(1, acq_rel);\n"), [])

    def test_pairs_no_model_names(self):
        self.write("src/sync/chan.cc", PAIR)
        _, definitions = check_pairings.collect(self.root)
        self.assertEqual(check_pairings.uncovered(self.root, definitions)[False], ["CH-1/CH-2"])
        self.assertEqual(check_pairings.check(self.root), [])
        self.write("tests/model/chan_model.cc", "// covers: CH-1\n")
        self.assert_finds(check_pairings.check(self.root), "CH-1/CH-2", "no model")
        self.write("tests/model/chan_model.cc", "// covers: CH-2/CH-1\n")
        self.assertEqual(check_pairings.check(self.root), [])
        self.write("tests/model/chan_model.cc", "// left out: CH-2/CH-1: why\n")
        self.assertEqual(check_pairings.check(self.root), [])

    def test_a_model_names_a_tag_that_is_not_there(self):
        self.write("tests/model/chan_model.cc", "// covers: CH-1/CH-2\n// explores: CH-1/CH-9: why\n")
        self.assert_finds(self.check(PAIR), "CH-9", "defined nowhere")
