"""What a run answers when it will not do what was asked."""


class Refused(Exception):
    """What was asked can't be done; `code` is for programs and the text for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message
