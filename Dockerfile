FROM python:3.13-slim

# The wheels bring all that is compiled; nothing is built here.
ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 HOST=0.0.0.0 PORT=8000 KAFKAVIZ_DATA_DIR=/data
WORKDIR /app
COPY requirements.txt .
RUN pip install --no-cache-dir -r requirements.txt
COPY manage.py .
COPY kafkaviz kafkaviz
COPY apps apps
COPY templates templates
COPY static static
COPY traces traces
COPY locale locale
RUN useradd --system --no-create-home kafkaviz && mkdir /data && chown kafkaviz /data
USER kafkaviz
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://localhost:8000/healthz', timeout=3)"]
CMD ["python", "manage.py", "serve"]
