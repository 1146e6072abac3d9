"""Runs the tests of a directory; the last line says what became of each."""

import json
import sys
import unittest


class Outcomes(unittest.TestResult):
    def __init__(self):
        super().__init__()
        self.all = []

    def _note(self, test, outcome):
        _module, what, case = test.id().split('.')
        title = '%s: %s' % (what, case.removeprefix('test_').replace('_', ' '))
        self.all.append({'id': title, 'outcome': outcome})

    def addSuccess(self, test):
        self._note(test, 'ok')

    def addSkip(self, test, reason):
        self._note(test, 'skipped: ' + reason)

    def addFailure(self, test, err):
        self._note(test, self._exc_info_to_string(err, test))

    addError = addFailure


outcomes = Outcomes()
unittest.defaultTestLoader.discover(sys.argv[1]).run(outcomes)
print('\n' + json.dumps(outcomes.all))
